#include "client/transfer/upload.h"

#include <grpcpp/client_context.h>

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/environment/progress_line.h"
#include "client/files/local_file.h"
#include "client/i18n/phrases.h"
#include "client/rpc/backoff.h"
#include "client/rpc/server_return.h"
#include "client/rpc/services.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "client/transfer/corpus_content.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

// Attempts without a byte of progress before the upload is given up.
constexpr int kRetryLimit = 12;

absl::Status ChangedError(const UploadOptions& options) {
  return FailedPrecondition(kPhrases.changed_while_sent, Visible(options.path));
}

std::string SpeedSince(int64_t bytes, absl::Duration elapsed) {
  const double seconds = std::max(absl::ToDoubleSeconds(elapsed), 1e-3);
  return FormatBytes(static_cast<int64_t>(static_cast<double>(bytes) / seconds));
}

// One upload, over as many calls as the connection needs.
class Upload {
 public:
  Upload(CommandContext& context, const UploadOptions& options, CorpusContent& content,
         ProgressLine& progress)
      : context_(context),
        options_(options),
        content_(content),
        progress_(progress),
        name_(BaseName(options.path)) {}

  UploadOutcome Run(const std::string& sha256) {
    header_ = HeaderOf(options_, content_.size());
    header_.set_sha256(sha256);
    Backoff backoff(context_.environment.random);
    bool answered = false;  // without any answer, fails at once
    int64_t furthest = 0;
    for (int attempt = 0;;) {
      v1::Upload upload;
      UploadOutcome outcome = {.remote = GetUpload(&upload)};
      if (outcome.remote.ok()) {
        answered = true;
        if (upload.received_bytes() > furthest) {
          furthest = upload.received_bytes();
          attempt = 0;
          backoff.Reset();
        }
        if (upload.has_corpus()) return {.remote = {}, .corpus = upload.corpus()};
        outcome = Send(std::clamp<int64_t>(upload.received_bytes(), 0, content_.size()));
      }
      const bool resumed_in_vain = outcome.remote.error_code() == grpc::StatusCode::DATA_LOSS &&
                                   upload.received_bytes() > 0 && !from_the_beginning_;
      // The rest of an earlier upload did not match the beginning of this file; the server has
      // dropped it.
      if (resumed_in_vain) from_the_beginning_ = true;
      if (!outcome.local.ok() || !(resumed_in_vain || IsPassing(outcome.remote)) || !answered ||
          ++attempt > kRetryLimit || context_.connection.interruption().triggered()) {
        return outcome;
      }
      SayAndPause(backoff.Next(), attempt);
      if (context_.connection.interruption().triggered()) return outcome;
    }
  }

 private:
  // The connection broke, the daemon is starting again, or another call has taken over.
  static bool IsPassing(const grpc::Status& status) {
    return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
           status.error_code() == grpc::StatusCode::ABORTED;
  }

  grpc::Status GetUpload(v1::Upload* upload) {
    v1::GetUploadRequest request;
    *request.mutable_header() = header_;
    const grpc::Status status = context_.connection.Call(request, upload);
    // An older server cannot continue uploads.
    return status.error_code() == grpc::StatusCode::UNIMPLEMENTED ? grpc::Status::OK : status;
  }

  UploadOutcome Send(int64_t begin) {
    UploadOutcome outcome;
    grpc::ClientContext call;
    const absl::Duration allowed =
        context_.connection.timeout() + absl::Seconds(content_.size() / kSlowestBytesPerSecond);
    call.set_deadline(absl::ToChronoTime(absl::Now() + allowed));
    Interruption::Guard guard(context_.connection.interruption(), [&call] { call.TryCancel(); });
    const auto writer =
        context_.connection.services().corpora->UploadCorpus(&call, &outcome.corpus);
    v1::UploadCorpusRequest request;
    *request.mutable_header() = header_;
    if (writer->Write(request)) outcome.local = WriteChunks(begin, *writer);
    if (outcome.local.ok()) {
      progress_.Show(absl::Substitute(context_.labels().checking, name_));
      writer->WritesDone();
    } else {
      call.TryCancel();
    }
    outcome.remote = writer->Finish();
    return outcome;
  }

  // Also OK where the server ended the call early: the call's status says why.
  absl::Status WriteChunks(int64_t begin, grpc::ClientWriter<v1::UploadCorpusRequest>& writer) {
    const absl::Time start = context_.environment.now();
    v1::UploadCorpusRequest request;
    std::string buffer(static_cast<size_t>(kUploadChunk), '\0');
    for (int64_t offset = begin; offset < content_.size();) {
      const size_t wanted = static_cast<size_t>(std::min(kUploadChunk, content_.size() - offset));
      ASSIGN_OR_RETURN(const size_t count, content_.ReadAt(offset, buffer.data(), wanted));
      if (count != wanted) return ChangedError(options_);
      request.mutable_chunk()->set_offset(offset);
      request.mutable_chunk()->set_data(buffer.data(), wanted);
      if (!writer.Write(request)) return absl::OkStatus();
      offset += static_cast<int64_t>(wanted);
      progress_.Update(
          absl::Substitute(context_.labels().uploading, name_, Percent(offset, content_.size()),
                           FormatBytes(offset), FormatBytes(content_.size()),
                           SpeedSince(offset - begin, context_.environment.now() - start)));
    }
    ASSIGN_OR_RETURN(const bool is_at_end, content_.IsAtEnd());
    return is_at_end ? absl::OkStatus() : ChangedError(options_);
  }

  void SayAndPause(absl::Duration pause, int attempt) {
    const std::string text = absl::Substitute(
        context_.labels().reconnecting, context_.connection.target(),
        absl::StrFormat("%.1f", absl::ToDoubleSeconds(pause)), attempt, kRetryLimit);
    if (context_.environment.err.is_terminal) {
      progress_.Show(text);
    } else {
      *context_.environment.err.stream << "electra: " << text << std::endl;
    }
    AwaitReturn(context_.connection, context_.environment, pause);
  }

  CommandContext& context_;
  const UploadOptions& options_;
  CorpusContent& content_;
  ProgressLine& progress_;
  const std::string name_;
  v1::CorpusHeader header_;
  bool from_the_beginning_ = false;
};

}  // namespace

v1::CorpusHeader HeaderOf(const UploadOptions& options, int64_t size_bytes) {
  v1::CorpusHeader header;
  header.set_file_name(BaseName(options.path));
  header.set_format(options.format);
  header.set_column(options.column);
  header.set_encoding(options.encoding);
  header.set_on_invalid(options.on_invalid);
  header.set_delimiter(options.delimiter);
  header.set_quoting(options.quoting);
  header.set_size_bytes(size_bytes);
  return header;
}

UploadOutcome UploadCorpus(CommandContext& context, const UploadOptions& options) {
  absl::StatusOr<CorpusContent> content = CorpusContent::Open(options);
  if (!content.ok()) return {.local = content.status()};
  ProgressLine progress(context.environment.err, context.environment.now);
  const std::string name = BaseName(options.path);
  const auto read = [&](int64_t offset, char* buffer, size_t capacity) {
    return content->ReadAt(offset, buffer, capacity);
  };
  absl::StatusOr<std::string> sha256 = Sha256(read, [&](int64_t bytes) {
    progress.Update(
        absl::Substitute(context.labels().reading, name, Percent(bytes, content->size())));
    return !context.environment.interruption->triggered();
  });
  if (!sha256.ok()) return {.local = sha256.status()};
  return Upload(context, options, *content, progress).Run(*sha256);
}

}  // namespace electra::client
