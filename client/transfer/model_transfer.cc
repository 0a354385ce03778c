#include "client/transfer/model_transfer.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/environment/progress_line.h"
#include "client/files/local_file.h"
#include "client/files/path_component.h"
#include "client/files/uuid.h"
#include "client/i18n/phrases.h"
#include "client/rpc/services.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "client/transfer/upload.h"
#include "core/base/model_files.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

namespace fs = std::filesystem;

absl::Status PathError(const Phrase& what, const fs::path& path, const std::error_code& error) {
  return FailedPrecondition(what, Visible(path.string()), SystemReason(error.value()));
}

// One file that will be sent.
struct OutgoingFile {
  LocalFile file;
  v1::ModelFile header;
};

absl::Status Announce(CommandContext& context, v1::ModelPart part, const std::string& directory,
                      ProgressLine& progress, std::vector<OutgoingFile>* files) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ModelFilesOf(directory));
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(LocalFile file, LocalFile::Open((fs::path(directory) / name).string()));
    ASSIGN_OR_RETURN(std::string sha256, Sha256(file, [&](int64_t bytes) {
                       progress.Update(absl::Substitute(context.labels().reading, name,
                                                        Percent(bytes, file.size())));
                       return !context.environment.interruption->triggered();
                     }));
    v1::ModelFile header;
    header.set_part(part);
    header.set_file_name(name);
    header.set_size_bytes(file.size());
    header.set_sha256(std::move(sha256));
    files->push_back({std::move(file), std::move(header)});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<OutgoingFile>> AnnounceAll(CommandContext& context,
                                                      const ImportOptions& options,
                                                      ProgressLine& progress) {
  std::vector<OutgoingFile> files;
  RETURN_IF_ERROR(Announce(context, v1::DISCRIMINATOR, options.discriminator, progress, &files));
  if (!options.generator.empty()) {
    RETURN_IF_ERROR(Announce(context, v1::GENERATOR, options.generator, progress, &files));
  }
  return files;
}

using ImportWriter = grpc::ClientWriter<v1::ImportModelRequest>;

// The sent part of an import, for the progress line.
struct Sent {
  int64_t done = 0;
  int64_t size = 0;
  absl::Time start;
};

// False where the server ended the call early: the call's status says why.
absl::StatusOr<bool> WriteFile(const CommandContext& context, const OutgoingFile& outgoing,
                               ImportWriter& writer, ProgressLine& progress, Sent* sent) {
  v1::ImportModelRequest request;
  *request.mutable_file() = outgoing.header;
  if (!writer.Write(request)) return false;
  const LocalFile& file = outgoing.file;
  std::string buffer(static_cast<size_t>(kUploadChunk), '\0');
  for (int64_t offset = 0; offset < file.size();) {
    const size_t wanted = static_cast<size_t>(std::min(kUploadChunk, file.size() - offset));
    ASSIGN_OR_RETURN(const size_t count, file.ReadAt(offset, buffer.data(), wanted));
    if (count != wanted) {
      return FailedPrecondition(kPhrases.shorter_while_sent, Visible(file.path()));
    }
    request.mutable_chunk()->set_offset(offset);
    request.mutable_chunk()->set_data(buffer.data(), wanted);
    if (!writer.Write(request)) return false;
    offset += static_cast<int64_t>(wanted);
    sent->done += static_cast<int64_t>(wanted);
    const double seconds =
        std::max(absl::ToDoubleSeconds(context.environment.now() - sent->start), 1e-3);
    progress.Update(absl::Substitute(
        context.labels().uploading, BaseName(file.path()), Percent(sent->done, sent->size),
        FormatBytes(sent->done), FormatBytes(sent->size),
        FormatBytes(static_cast<int64_t>(static_cast<double>(sent->done) / seconds))));
  }
  return true;
}

absl::Status WriteFiles(const CommandContext& context, const std::vector<OutgoingFile>& files,
                        ImportWriter& writer, ProgressLine& progress, Sent sent) {
  for (const OutgoingFile& file : files) {
    ASSIGN_OR_RETURN(const bool more, WriteFile(context, file, writer, progress, &sent));
    if (!more) break;
  }
  return absl::OkStatus();
}

v1::ImportModelRequest Header(const ImportOptions& options, int64_t size_bytes) {
  v1::ImportModelRequest request;
  v1::ImportModelHeader& header = *request.mutable_header();
  header.set_name(options.name);
  header.set_size_bytes(size_bytes);
  header.mutable_sources()->Add(options.sources.begin(), options.sources.end());
  if (options.on_server) {
    header.mutable_server_paths()->set_generator(options.generator);
    header.mutable_server_paths()->set_discriminator(options.discriminator);
  }
  return request;
}

// A folder for received files, which moves to its place only at the end.
class IncomingDirectory {
 public:
  static absl::StatusOr<std::unique_ptr<IncomingDirectory>> Create(const std::string& place,
                                                                   bool single_part) {
    std::error_code error;
    if (fs::exists(place, error) &&
        !(fs::is_directory(place, error) && fs::is_empty(place, error))) {
      return FailedPrecondition(kPhrases.not_empty_folder, Visible(place));
    }
    ASSIGN_OR_RETURN(const std::string uuid, NewUuid());
    fs::path path = fs::absolute(place, error).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    const fs::path unfinished = absl::StrCat(path.string(), ".", uuid.substr(0, 8));
    fs::create_directories(unfinished, error);
    if (error) return PathError(kPhrases.cannot_make, unfinished, error);
    return std::unique_ptr<IncomingDirectory>(
        new IncomingDirectory(std::move(path), unfinished, single_part));
  }
  ~IncomingDirectory() {
    std::error_code ignored;
    if (!unfinished_.empty()) fs::remove_all(unfinished_, ignored);
  }

  absl::Status Receive(const v1::DownloadModelResponse& response) {
    if (response.has_file()) return Begin(response.file());
    if (!out_ || !response.has_chunk() || response.chunk().offset() != received_) {
      return LocalError(absl::StatusCode::kDataLoss, kPhrases.stray_chunk);
    }
    const std::string& data = response.chunk().data();
    out_->write(data.data(), static_cast<std::streamsize>(data.size()));
    if (!*out_) {
      return FailedPrecondition(kPhrases.disk_full, Visible(current_.string()));
    }
    received_ += static_cast<int64_t>(data.size());
    total_ += static_cast<int64_t>(data.size());
    return absl::OkStatus();
  }

  // All that came is in its place.
  absl::Status Finish() {
    RETURN_IF_ERROR(End());
    if (total_ == 0) return LocalError(absl::StatusCode::kDataLoss, kPhrases.no_files_sent);
    std::error_code error;
    fs::remove(place_, error);  // an empty folder
    fs::rename(unfinished_, place_, error);
    if (error) return PathError(kPhrases.cannot_make, place_, error);
    unfinished_.clear();
    return absl::OkStatus();
  }

  int64_t total() const { return total_; }

 private:
  IncomingDirectory(fs::path place, fs::path unfinished, bool single_part)
      : place_(std::move(place)), unfinished_(std::move(unfinished)), single_part_(single_part) {}

  absl::Status Begin(const v1::ModelFile& file) {
    RETURN_IF_ERROR(End());
    ASSIGN_OR_RETURN(const fs::path name, PathComponent(file.file_name(), kPhrases.model_file_name,
                                                        kPhrases.ask_operator));
    if (file.part() != v1::GENERATOR && file.part() != v1::DISCRIMINATOR) {
      return LocalError(absl::StatusCode::kDataLoss,
                        Say(kPhrases.stray_file, Visible(file.file_name())));
    }
    fs::path folder = unfinished_;
    if (!single_part_) folder /= file.part() == v1::GENERATOR ? "generator" : "discriminator";
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return PathError(kPhrases.cannot_make, folder, error);
    current_ = folder / name;
    announced_ = file;
    received_ = 0;
    out_.emplace(current_, std::ios::binary);
    if (*out_) return absl::OkStatus();
    return FailedPrecondition(kPhrases.disk_full, Visible(current_.string()));
  }

  absl::Status End() {
    if (!out_) return absl::OkStatus();
    out_->close();
    const bool written = !out_->fail();
    out_.reset();
    ASSIGN_OR_RETURN(const LocalFile file, LocalFile::Open(current_.string()));
    ASSIGN_OR_RETURN(const std::string sha256, Sha256(file, [](int64_t) { return true; }));
    if (written && sha256 == announced_.sha256()) return absl::OkStatus();
    return LocalError(absl::StatusCode::kDataLoss,
                      Say(kPhrases.damaged_file, Visible(announced_.file_name())));
  }

  const fs::path place_;
  fs::path unfinished_;
  const bool single_part_;
  fs::path current_;
  v1::ModelFile announced_;
  std::optional<std::ofstream> out_;
  int64_t received_ = 0;  // of the current file
  int64_t total_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> ModelFilesOf(const std::string& directory) {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    names.insert(entry.path().filename().string());
  }
  if (error) return PathError(kPhrases.cannot_read, directory, error);
  if (names.count("config.json") == 0) {
    return FailedPrecondition(kPhrases.no_config_json, Visible(directory));
  }
  std::vector<std::string> files = SelectModelFiles(names);
  if (!HasWeights(files)) return FailedPrecondition(kPhrases.no_weights, Visible(directory));
  return files;
}

ImportOutcome ImportModel(CommandContext& context, const ImportOptions& options) {
  ImportOutcome outcome;
  ProgressLine progress(context.environment.err, context.environment.now);
  std::vector<OutgoingFile> files;
  if (!options.on_server) {
    absl::StatusOr<std::vector<OutgoingFile>> announced = AnnounceAll(context, options, progress);
    outcome.local = announced.status();
    if (!announced.ok()) return outcome;
    files = *std::move(announced);
  }
  Sent sent{.done = 0, .size = 0, .start = context.environment.now()};
  for (const OutgoingFile& file : files) sent.size += file.file.size();

  grpc::ClientContext call;
  // A server path may hold gigabytes, which the server copies: their number is not known here.
  const absl::Duration allowed =
      options.on_server
          ? absl::Hours(1)
          : context.connection.timeout() + absl::Seconds(sent.size / kSlowestBytesPerSecond);
  call.set_deadline(absl::ToChronoTime(absl::Now() + allowed));
  Interruption::Guard guard(context.connection.interruption(), [&call] { call.TryCancel(); });
  const auto writer = context.connection.services().models->ImportModel(&call, &outcome.model);
  if (writer->Write(Header(options, sent.size))) {
    outcome.local = WriteFiles(context, files, *writer, progress, sent);
  }
  if (outcome.local.ok()) {
    progress.Show(absl::Substitute(context.labels().checking, ShortName(options.name)));
    writer->WritesDone();
  } else {
    call.TryCancel();
  }
  outcome.remote = writer->Finish();
  return outcome;
}

DownloadOutcome DownloadModel(CommandContext& context, const v1::DownloadModelRequest& request,
                              const std::string& directory) {
  DownloadOutcome outcome;
  absl::StatusOr<std::unique_ptr<IncomingDirectory>> incoming =
      IncomingDirectory::Create(directory, request.part() != v1::MODEL_PART_UNSPECIFIED);
  outcome.local = incoming.status();
  if (!incoming.ok()) return outcome;
  ProgressLine progress(context.environment.err, context.environment.now);
  grpc::ClientContext call;
  Interruption::Guard guard(context.connection.interruption(), [&call] { call.TryCancel(); });
  const auto reader = context.connection.services().models->DownloadModel(&call, request);
  v1::DownloadModelResponse response;
  while (outcome.local.ok() && reader->Read(&response)) {
    outcome.local = (*incoming)->Receive(response);
    progress.Update(absl::Substitute(context.labels().downloading, Visible(request.name()),
                                     FormatBytes((*incoming)->total())));
  }
  if (!outcome.local.ok()) call.TryCancel();
  outcome.remote = reader->Finish();
  if (outcome.local.ok() && outcome.remote.ok()) outcome.local = (*incoming)->Finish();
  outcome.size_bytes = (*incoming)->total();
  return outcome;
}

}  // namespace electra::client
