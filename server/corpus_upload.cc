#include "server/corpus_upload.h"

#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/text/utf8.h"
#include "server/access/limits.h"
#include "server/convert.h"
#include "server/log.h"
#include "server/store/names.h"

namespace electra {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileName = 255;
constexpr size_t kMaxColumn = 1024;
constexpr size_t kMaxEncoding = 64;
constexpr size_t kMaxChunk = size_t{1} << 20;

absl::Status CheckText(std::string_view field, std::string_view value, size_t most) {
  if (value.size() > most) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(field), " has ", value.size(), " bytes: at most ", most));
  }
  if (FindInvalidUtf8(value)) {
    return absl::InvalidArgumentError(absl::StrCat(std::string(field), " is not UTF-8"));
  }
  return absl::OkStatus();
}

bool IsSha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

CorpusUpload::~CorpusUpload() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove(path_, ignored);
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
  return absl::InvalidArgumentError("an upload's message holds neither a header nor a chunk");
}

absl::Status CorpusUpload::ReceiveHeader(const v1::CorpusHeader& header) {
  if (header_) return absl::InvalidArgumentError("an upload has one header");
  RETURN_IF_ERROR(CheckText("file_name", header.file_name(), kMaxFileName));
  RETURN_IF_ERROR(CheckText("column", header.column(), kMaxColumn));
  RETURN_IF_ERROR(CheckText("encoding", header.encoding(), kMaxEncoding));
  const std::optional<OnInvalidText> on_invalid = FromProto(header.on_invalid());
  if (!on_invalid) return absl::InvalidArgumentError("on_invalid is none of the values known here");
  std::optional<CorpusFormat> format = FromProto(header.format());
  if (!format && header.format() == v1::CORPUS_FORMAT_UNSPECIFIED) {
    format = CorpusFormatFromFileName(header.file_name());
  }
  if (!format) {
    return absl::InvalidArgumentError(
        absl::StrCat("the format of ", header.file_name(),
                     " is not known by its ending (txt, csv, tsv, jsonl): name it with --format"));
  }
  if (!IsSha256(header.sha256())) {
    return absl::InvalidArgumentError("sha256 must be 64 lower-case hexadecimal digits");
  }
  if (header.size_bytes() <= 0) {
    return absl::InvalidArgumentError(absl::StrCat(header.file_name(), " is empty"));
  }
  std::error_code error;
  const fs::space_info space = fs::space(data_dir_.root(), error);
  if (!error && static_cast<std::uintmax_t>(header.size_bytes()) > space.available) {
    return absl::ResourceExhaustedError(
        absl::StrCat(header.file_name(), " has ", header.size_bytes(), " bytes, but only ",
                     space.available, " are free on the daemon's disk"));
  }
  reading_ = {.format = *format,
              .column = header.column(),
              .encoding = header.encoding().empty() ? "utf-8" : header.encoding(),
              .on_invalid = *on_invalid,
              .display_name = header.file_name()};
  header_ = header;
  RETURN_IF_ERROR(database_.Read([&](SQLite::Database& connection) {
    return CheckStoredBytes(connection, caller_, header.file_name(), header.size_bytes());
  }));
  path_ = data_dir_.uploads() / absl::StrCat(MakeName(), ".corpus");
  ASSIGN_OR_RETURN(file_, FileWriter::Create(path_.string()));
  return absl::OkStatus();
}

absl::Status CorpusUpload::ReceiveChunk(const v1::CorpusChunk& chunk) {
  if (!header_) return absl::InvalidArgumentError("an upload begins with its header");
  if (chunk.data().size() > kMaxChunk) {
    return absl::InvalidArgumentError(
        absl::StrCat("a chunk has ", chunk.data().size(), " bytes: at most ", kMaxChunk));
  }
  if (chunk.offset() != received_) {
    return absl::InvalidArgumentError(absl::StrCat("a chunk is at offset ", chunk.offset(),
                                                   ", but ", received_, " bytes were received"));
  }
  received_ += static_cast<int64_t>(chunk.data().size());
  if (received_ > header_->size_bytes()) {
    return absl::DataLossError(absl::StrCat(header_->file_name(), " is longer than the ",
                                            header_->size_bytes(), " bytes that were announced"));
  }
  sha256_.Update(chunk.data());
  return file_->Write(chunk.data());
}

absl::Status CorpusUpload::CountSamples(CorpusRow* corpus) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<CorpusReader> reader, CorpusReader::Open(path_, reading_));
  for (std::string sample;;) {
    ASSIGN_OR_RETURN(const bool more, reader->Next(&sample));
    if (!more) break;
    corpus->text_bytes += static_cast<int64_t>(sample.size());
  }
  corpus->sample_count = reader->counts().samples;
  corpus->skipped_sample_count = reader->counts().skipped_samples;
  corpus->replaced_sample_count = reader->counts().replaced_samples;
  return absl::OkStatus();
}

absl::StatusOr<CorpusRow> CorpusUpload::Store() {
  if (!header_) return absl::InvalidArgumentError("an upload begins with its header");
  if (received_ != header_->size_bytes()) {
    return absl::DataLossError(absl::StrCat(header_->file_name(), " ended after ", received_,
                                            " of ", header_->size_bytes(), " bytes"));
  }
  if (sha256_.FinishHex() != header_->sha256()) {
    return absl::DataLossError(
        absl::StrCat(header_->file_name(), " was damaged on its way: its SHA-256 differs"));
  }
  RETURN_IF_ERROR(file_->Finish());

  CorpusRow corpus;
  corpus.name = MakeName();
  corpus.file_name = header_->file_name();
  corpus.format = reading_.format;
  corpus.column = reading_.column;
  corpus.encoding = reading_.encoding;
  corpus.on_invalid = reading_.on_invalid;
  corpus.size_bytes = received_;
  corpus.sha256 = header_->sha256();
  corpus.created_at = NowMicros();
  corpus.uploaded_by = caller_.token;
  RETURN_IF_ERROR(CountSamples(&corpus));
  // The file first, then the row that promises it; in one transaction with the row, so that a
  // delete of the same content cannot come in between.
  RETURN_IF_ERROR(database_.Write([&](Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(
        CheckStoredBytes(transaction.connection(), caller_, corpus.file_name, corpus.size_bytes));
    const fs::path place = data_dir_.corpus(corpus.sha256);
    std::error_code error;
    fs::rename(path_, place, error);
    if (error) return absl::InternalError(absl::StrCat(place.string(), ": ", error.message()));
    path_.clear();
    RETURN_IF_ERROR(SyncDirectory(place.parent_path().string()));
    corpus = InsertCorpus(transaction, corpus);
    return absl::OkStatus();
  }));
  Log(LogLevel::kInfo, "corpus_stored",
      {{"corpus", corpus.name},
       {"file", corpus.file_name},
       {"samples", absl::StrCat(corpus.sample_count)}});
  return corpus;
}

}  // namespace electra
