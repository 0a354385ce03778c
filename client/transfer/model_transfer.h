// Hugging Face model directories on their way to the server and back.
//
// Files that change while they are sent are noticed and refused; downloads are checked against
// their SHA-256 and appear in their place only when complete. Thread safety: one call at a time.
// Ownership: borrows everything.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/shell/command_context.h"
#include "electra/v1/model.pb.h"

namespace electra::client {

// The files of a model directory to send: config.json, the tokenizer's, and the first weights that
// exist: model.safetensors, its index and shards, pytorch_model.bin, or its index and shards.
// FailedPrecondition where config.json or weights are missing.
absl::StatusOr<std::vector<std::string>> ModelFilesOf(const std::string& directory);

struct ImportOptions {
  std::string name;       // "models/..."
  std::string generator;  // directory; empty: without a generator
  std::string discriminator;
  bool on_server = false;  // the directories are the server's
  // "hf:ORG/NAME@COMMIT" of each, if they are from this machine's hub cache.
  std::vector<std::string> sources;
};

struct ImportOutcome {
  absl::Status local;   // a directory could not be read; Cancelled where the user interrupted
  grpc::Status remote;  // of the call, where `local` is OK
  v1::Model model;      // where both are OK
};

ImportOutcome ImportModel(CommandContext& context, const ImportOptions& options);

struct DownloadOutcome {
  absl::Status local;   // the directory could not be written, or a file arrived damaged
  grpc::Status remote;  // of the call, where `local` is OK
  int64_t size_bytes = 0;
};

// Into `directory`, which must be missing or empty: the files of the part in `request`, or without
// one a folder for each network.
DownloadOutcome DownloadModel(CommandContext& context, const v1::DownloadModelRequest& request,
                              const std::string& directory);

}  // namespace electra::client
