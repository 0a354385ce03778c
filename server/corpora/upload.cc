#include "server/corpora/upload.h"

#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/text/corpus_format.h"
#include "server/access/limits.h"
#include "server/base/clock.h"
#include "server/base/errors.h"
#include "server/base/log.h"
#include "server/base/transfer_errors.h"
#include "server/corpora/corpus_messages.h"
#include "server/store/names.h"
#include "server/store/started_uploads.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileName = 255;
constexpr size_t kMaxColumn = 1024;
constexpr size_t kMaxEncoding = 64;
constexpr size_t kMaxDelimiter = 64;  // of a refused one, in the error
constexpr size_t kMaxChunk = size_t{1} << 20;

// The quota is checked again after this many bytes: others upload too.
constexpr int64_t kCheckQuotaEvery = 16 << 20;

// How often counting checks whether its client is still there.
constexpr int64_t kSamplesBetweenLooks = 1024;

absl::Status CheckText(std::string_view field, std::string_view value, size_t most) {
  if (value.size() > most) {
    return Error(absl::StatusCode::kInvalidArgument, TooManyBytes(field, value.size(), most));
  }
  if (FindInvalidUtf8(value)) {
    return InvalidArgumentError("FIELD_NOT_UTF8", "{field} is not UTF-8", field);
  }
  return absl::OkStatus();
}

absl::Status NoUploadHeader() {
  return InvalidArgumentError("NO_UPLOAD_HEADER", "an upload begins with its header");
}

bool IsSha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

absl::StatusOr<CorpusOptions> CheckHeader(const v1::CorpusHeader& header) {
  ASSIGN_OR_RETURN(CorpusOptions reading, ReadingOptions(header));
  if (!IsSha256(header.sha256())) {
    return InvalidArgumentError("BAD_SHA256", "sha256 must be 64 lower-case hexadecimal digits");
  }
  return reading;
}

// Whether the file of the content has all of its bytes.
bool IsWhole(const DataDir& data_dir, const v1::CorpusHeader& header) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(data_dir.corpus(header.sha256()), error);
  return !error && size == static_cast<std::uintmax_t>(header.size_bytes());
}

// Whether the content is in corpora/ already; its size must be the announced one. A row whose file
// is gone, or incomplete, is repaired by this upload.
absl::StatusOr<bool> IsStored(const UploadContext& context, const v1::CorpusHeader& header) {
  std::optional<int64_t> size;
  RETURN_IF_ERROR(context.database.Read([&](Reader& reader) {
    size = FindContentSize(reader, header.sha256());
    return absl::OkStatus();
  }));
  if (!size) return false;
  if (header.size_bytes() != *size) {
    return InvalidArgumentError(
        "OTHER_SIZE_ANNOUNCED",
        "{file} is announced with {announced} bytes, but the stored content of its SHA-256 has "
        "{stored}",
        header.file_name(), header.size_bytes(), *size);
  }
  return IsWhole(context.data_dir, header);
}

}  // namespace

absl::StatusOr<CorpusOptions> ReadingOptions(const v1::CorpusHeader& header) {
  RETURN_IF_ERROR(CheckText("file_name", header.file_name(), kMaxFileName));
  RETURN_IF_ERROR(CheckText("column", header.column(), kMaxColumn));
  RETURN_IF_ERROR(CheckText("encoding", header.encoding(), kMaxEncoding));
  const std::optional<OnInvalidText> on_invalid = FromProto(header.on_invalid());
  if (!on_invalid) {
    return InvalidArgumentError("UNKNOWN_ON_INVALID",
                                "on_invalid is not one of the values known here");
  }
  const std::optional<Quoting> quoting = FromProto(header.quoting());
  if (!quoting) {
    return InvalidArgumentError("UNKNOWN_QUOTING", "quoting is not one of the values known here");
  }
  RETURN_IF_ERROR(CheckText("delimiter", header.delimiter(), kMaxDelimiter));
  std::optional<CorpusFormat> format = FromProto(header.format());
  if (!format && header.format() == v1::CORPUS_FORMAT_UNSPECIFIED) {
    format = CorpusFormatFromFileName(header.file_name());
  }
  if (!format) {
    return InvalidArgumentError(
        "UNKNOWN_CORPUS_FORMAT",
        "the format of {file} is not known by its ending (txt, csv, tsv, jsonl): {advice}",
        header.file_name(),
        OtherFormatAdvice(header.file_name())
            .value_or(Message("NAME_THE_FORMAT", "name it with --format")));
  }
  if (header.size_bytes() <= 0) {
    return InvalidArgumentError("FILE_EMPTY", "{file} is empty", header.file_name());
  }
  return CorpusOptions{.format = *format,
                       .column = header.column(),
                       .encoding = header.encoding().empty() ? "utf-8" : header.encoding(),
                       .on_invalid = *on_invalid,
                       .delimiter = header.delimiter(),
                       .quoting = *quoting,
                       .display_name = header.file_name()};
}

absl::StatusOr<UploadProgress> GetUploadProgress(const UploadContext& context,
                                                 const v1::CorpusHeader& header) {
  ASSIGN_OR_RETURN(const CorpusOptions reading, CheckHeader(header));
  UploadProgress progress;
  ASSIGN_OR_RETURN(const bool is_stored, IsStored(context, header));
  if (is_stored) {
    progress.received = header.size_bytes();
    RETURN_IF_ERROR(context.database.Read([&](Reader& reader) {
      progress.corpus = FindStoredCorpus(reader, header.sha256(), reading);
      return absl::OkStatus();
    }));
  } else {
    progress.received = context.partial_uploads.Find(header.sha256())->size();
    // An upload cannot continue from more than the whole.
    if (progress.received > header.size_bytes()) progress.received = 0;
  }
  return progress;
}

CorpusUpload::~CorpusUpload() {
  if (claim_ == 0) return;
  // Does not wait, since somebody may have locked the database. If it fails, the rest counts with
  // its announced size until the next start.
  context_.database.WriteLater(
      [partial = partial_, claim = claim_](Transaction& transaction) {
        // Else the row belongs to a newer call.
        if (partial->IsNewest(claim)) {
          SettleStartedUpload(transaction, partial->file_name(), partial->size());
        }
        return absl::OkStatus();
      },
      [](const absl::Status&) {});
}

absl::Status CorpusUpload::Receive(const v1::UploadCorpusRequest& request) {
  switch (request.part_case()) {
    case v1::UploadCorpusRequest::kHeader:
      return ReceiveHeader(request.header());
    case v1::UploadCorpusRequest::kChunk:
      return ReceiveChunk(request.chunk());
    case v1::UploadCorpusRequest::PART_NOT_SET:
      break;
  }
  return InvalidArgumentError("EMPTY_UPLOAD_MESSAGE",
                              "an upload's message holds neither a header nor a chunk");
}

absl::Status CorpusUpload::ReceiveHeader(const v1::CorpusHeader& header) {
  if (header_) return InvalidArgumentError("SECOND_UPLOAD_HEADER", "an upload has one header");
  ASSIGN_OR_RETURN(reading_, CheckHeader(header));
  ASSIGN_OR_RETURN(is_stored_, IsStored(context_, header));
  header_ = header;
  if (is_stored_) {
    return context_.database.Read([&](Reader& reader) {
      return CheckStoredBytes(reader, caller_.token, header.file_name(), header.size_bytes());
    });
  }
  partial_ = context_.partial_uploads.Find(header.sha256());
  ASSIGN_OR_RETURN(room_, context_.room.Announce(header.file_name(), partial_->file_name(),
                                                 header.size_bytes()));
  // The limit is checked and used in one step, so that no two uploads pass it together.
  RETURN_IF_ERROR(context_.database.Write([&](Transaction& transaction) -> absl::Status {
    ForgetStartedUpload(transaction, partial_->file_name());
    RETURN_IF_ERROR(
        CheckStoredBytes(transaction, caller_.token, header.file_name(), header.size_bytes()));
    RETURN_IF_ERROR(CheckQuota(transaction));
    RecordStartedUpload(transaction, partial_->file_name(), caller_.token, header.size_bytes());
    claim_ = partial_->Claim();
    return absl::OkStatus();
  }));
  return partial_->DropIfLonger(claim_, header.size_bytes());
}

absl::Status CorpusUpload::CheckQuota(Reader& reader) const {
  const int64_t quota = context_.quotas.corpora.load();
  if (quota <= 0) return absl::OkStatus();
  const int64_t stored =
      StoredContentBytes(reader) + context_.partial_uploads.TotalBytes() - partial_->size();
  if (header_->size_bytes() <= quota - stored) return absl::OkStatus();
  return ResourceExhaustedError(
      "CORPORA_QUOTA",
      "{file} has {bytes} bytes, but the corpora have {stored} of at most {limit}: `electra corpus "
      "delete` makes room",
      header_->file_name(), header_->size_bytes(), stored, quota);
}

absl::Status CorpusUpload::ReceiveChunk(const v1::CorpusChunk& chunk) {
  if (!header_) return NoUploadHeader();
  if (chunk.data().size() > kMaxChunk) return ChunkTooLarge(chunk.data().size(), kMaxChunk);
  if (is_stored_) return absl::OkStatus();
  const auto size = static_cast<int64_t>(chunk.data().size());
  if (chunk.offset() < 0 || chunk.offset() > header_->size_bytes() - size) {
    return LongerThanAnnounced(header_->file_name(), header_->size_bytes());
  }
  unchecked_ += size;
  if (unchecked_ >= kCheckQuotaEvery) RETURN_IF_ERROR(KeepToQuota());
  return partial_->Write(claim_, chunk.offset(), chunk.data());
}

absl::Status CorpusUpload::KeepToQuota() {
  unchecked_ = 0;
  absl::Status fits = context_.database.Read([this](Reader& reader) { return CheckQuota(reader); });
  if (absl::IsResourceExhausted(fits)) partial_->Remove(claim_);
  return fits;
}

absl::Status CorpusUpload::CountSamples(const fs::path& path, CorpusRow* corpus) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<CorpusReader> reader, CorpusReader::Open(path, reading_));
  std::string sample;
  for (int64_t read = 0;; ++read) {
    if (read % kSamplesBetweenLooks == 0 && is_cancelled_()) return ClientIsGone();
    ASSIGN_OR_RETURN(const bool more, reader->Next(&sample));
    if (!more) break;
    corpus->text_bytes += static_cast<int64_t>(sample.size());
  }
  corpus->sample_count = reader->counts().samples;
  corpus->skipped_sample_count = reader->counts().skipped_samples;
  corpus->replaced_sample_count = reader->counts().replaced_samples;
  corpus->multi_line_sample_count = reader->counts().multi_line_samples;
  corpus->longest_quote_begin = reader->counts().longest_quote_begin;
  corpus->longest_quote_end = reader->counts().longest_quote_end;
  return absl::OkStatus();
}

absl::StatusOr<CorpusRow> CorpusUpload::Store() {
  if (!header_) return NoUploadHeader();
  if (!is_stored_ && partial_->size() != header_->size_bytes()) {
    return DataLossError(
        "UPLOAD_BROKE_OFF",
        "{file} ended after {received} of {announced} bytes: they are kept for a day",
        header_->file_name(), partial_->size(), header_->size_bytes());
  }
  if (!is_stored_) RETURN_IF_ERROR(KeepToQuota());
  absl::StatusOr<CorpusRow> corpus = StoreReceived();
  // Content that cannot be read as declared is not kept; where the daemon was at fault, it is.
  const bool refused =
      absl::IsInvalidArgument(corpus.status()) || absl::IsDataLoss(corpus.status());
  if (refused && !is_stored_) partial_->Remove(claim_);
  return corpus;
}

absl::StatusOr<CorpusRow> CorpusUpload::StoreReceived() {
  const fs::path place = context_.data_dir.corpus(header_->sha256());
  if (!is_stored_) {
    const absl::Status finished = partial_->Finish(claim_, header_->sha256());
    if (!finished.ok()) return Within(header_->file_name(), finished);
  }
  CorpusRow corpus;
  corpus.name = MakeName();
  corpus.file_name = header_->file_name();
  corpus.format = reading_.format;
  corpus.column = reading_.column;
  corpus.encoding = reading_.encoding;
  corpus.on_invalid = reading_.on_invalid;
  corpus.delimiter = reading_.delimiter;
  corpus.quoting = reading_.quoting;
  corpus.size_bytes = header_->size_bytes();
  corpus.sha256 = header_->sha256();
  corpus.created_at = NowMicros();
  corpus.uploaded_by = caller_.token;
  RETURN_IF_ERROR(CountSamples(is_stored_ ? place : partial_->path(), &corpus));
  // The file first, then the row that promises it; in one transaction, so that the same content
  // cannot be deleted in between.
  RETURN_IF_ERROR(context_.database.Write([&](Transaction& transaction) -> absl::Status {
    if (!is_stored_) ForgetStartedUpload(transaction, partial_->file_name());
    RETURN_IF_ERROR(
        CheckStoredBytes(transaction, caller_.token, corpus.file_name, corpus.size_bytes));
    if (!is_stored_) {
      RETURN_IF_ERROR(partial_->MoveTo(claim_, place));
    } else if (!IsContentUsed(transaction, corpus.sha256) ||
               !IsWhole(context_.data_dir, *header_)) {
      return AbortedError("CONTENT_DELETED",
                          "the stored content was deleted meanwhile: send it again");
    }
    corpus = InsertCorpus(transaction, corpus);
    return absl::OkStatus();
  }));
  claim_ = 0;
  Log(LogLevel::kInfo, "corpus_stored",
      {{"corpus", corpus.name},
       {"file", corpus.file_name},
       {"samples", absl::StrCat(corpus.sample_count)}});
  return corpus;
}

}  // namespace electra::server
