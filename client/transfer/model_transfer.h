// Hugging Face model directories on their way to the server and back.
//
// Files that change while they are sent are noticed and refused; what comes is checked against its
// SHA-256 and appears in its place only when all of it is there. Thread safety: one call at a time.
// Ownership: borrows everything.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/shell/command_context.h"
#include "electra/v1/model.pb.h"

namespace electra::client {

// Of a model directory the files that are sent: config.json, the tokenizer's, and of the weights
// model.safetensors, or its index and shards, or pytorch_model.bin, or its index and shards: the
// first that is there. FailedPrecondition where config.json or weights are missing.
absl::StatusOr<std::vector<std::string>> ModelFilesOf(const std::string& directory);

struct ImportOptions {
  std::string name;       // "models/..."
  std::string generator;  // directory; empty: without a generator
  std::string discriminator;
  bool on_server = false;  // the directories are the server's
  // "hf:ORG/NAME@COMMIT" of each, where they are of this machine's cache of the hub.
  std::vector<std::string> sources;
};

struct ImportOutcome {
  absl::Status local;   // a directory could not be read; Cancelled where the user interrupted
  grpc::Status remote;  // of the call, where `local` is OK
  v1::Model model;      // where both are OK
};

ImportOutcome ImportModel(CommandContext& context, const ImportOptions& options);

struct DownloadOutcome {
  absl::Status local;   // the directory could not be written, or what came is not what was sent
  grpc::Status remote;  // of the call, where `local` is OK
  int64_t size_bytes = 0;
};

// Into `directory`, which must not exist or be empty: its files, or where `request` names no part a
// folder for each network.
DownloadOutcome DownloadModel(CommandContext& context, const v1::DownloadModelRequest& request,
                              const std::string& directory);

}  // namespace electra::client
