#include "client/upload.h"

#include <grpcpp/client_context.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/local_file.h"
#include "client/render/format.h"
#include "client/render/progress_line.h"

namespace electra::client {
namespace {

// No server that works is slower than this; one that hangs must not hold the client forever.
constexpr int64_t kSlowestBytesPerSecond = 64 << 10;

absl::Status ChangedError(const LocalFile& file) {
  return absl::FailedPreconditionError(absl::StrCat(
      "'", file.path(), "' changed while it was being sent; submit it again when it is complete"));
}

std::string SpeedSince(int64_t bytes, absl::Duration elapsed) {
  const double seconds = std::max(absl::ToDoubleSeconds(elapsed), 1e-3);
  return FormatBytes(static_cast<int64_t>(static_cast<double>(bytes) / seconds));
}

v1::UploadCorpusRequest Header(const UploadOptions& options, const LocalFile& file,
                               const std::string& sha256) {
  v1::UploadCorpusRequest request;
  v1::CorpusHeader& header = *request.mutable_header();
  header.set_file_name(BaseName(options.path));
  header.set_format(options.format);
  header.set_column(options.column);
  header.set_encoding(options.encoding);
  header.set_on_invalid(options.on_invalid);
  header.set_size_bytes(file.size());
  header.set_sha256(sha256);
  return request;
}

// Returns OK also where the server ended the call early: the call's status says why.
absl::Status WriteChunks(const CommandContext& context, const LocalFile& file,
                         grpc::ClientWriter<v1::UploadCorpusRequest>& writer,
                         ProgressLine& progress) {
  const std::string name = BaseName(file.path());
  const absl::Time start = context.environment.now();
  v1::UploadCorpusRequest request;
  std::string buffer(static_cast<size_t>(kUploadChunk), '\0');
  for (int64_t offset = 0; offset < file.size();) {
    const size_t wanted = static_cast<size_t>(std::min(kUploadChunk, file.size() - offset));
    absl::StatusOr<size_t> count = file.ReadAt(offset, buffer.data(), wanted);
    if (!count.ok()) return count.status();
    if (*count != wanted) return ChangedError(file);
    request.mutable_chunk()->set_offset(offset);
    request.mutable_chunk()->set_data(buffer.data(), wanted);
    if (!writer.Write(request)) return absl::OkStatus();
    offset += static_cast<int64_t>(wanted);
    progress.Update(absl::Substitute(context.labels().uploading, name, Percent(offset, file.size()),
                                     FormatBytes(offset), FormatBytes(file.size()),
                                     SpeedSince(offset, context.environment.now() - start)));
  }
  char beyond = 0;
  absl::StatusOr<size_t> more = file.ReadAt(file.size(), &beyond, 1);
  if (!more.ok()) return more.status();
  return *more == 0 ? absl::OkStatus() : ChangedError(file);
}

}  // namespace

UploadOutcome UploadCorpus(CommandContext& context, const UploadOptions& options) {
  UploadOutcome outcome;
  absl::StatusOr<LocalFile> file = LocalFile::Open(options.path);
  if (!file.ok()) {
    outcome.local = file.status();
    return outcome;
  }
  ProgressLine progress(context.environment.err, context.environment.now);
  const std::string name = BaseName(options.path);
  absl::StatusOr<std::string> sha256 = Sha256(*file, [&](int64_t bytes) {
    progress.Update(absl::Substitute(context.labels().reading, name, Percent(bytes, file->size())));
    return !context.environment.interruption->triggered();
  });
  if (!sha256.ok()) {
    outcome.local = sha256.status();
    return outcome;
  }

  grpc::ClientContext call;
  const absl::Duration allowed =
      context.connection.timeout() + absl::Seconds(file->size() / kSlowestBytesPerSecond);
  call.set_deadline(absl::ToChronoTime(absl::Now() + allowed));
  Interruption::Guard guard(context.connection.interruption(), call);
  const auto writer = context.connection.corpora().UploadCorpus(&call, &outcome.corpus);
  if (writer->Write(Header(options, *file, *sha256))) {
    outcome.local = WriteChunks(context, *file, *writer, progress);
  }
  if (outcome.local.ok()) {
    progress.Show(absl::Substitute(context.labels().checking, name));
    writer->WritesDone();
  } else {
    call.TryCancel();
  }
  outcome.remote = writer->Finish();
  return outcome;
}

}  // namespace electra::client
