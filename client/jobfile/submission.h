// From what a user asks for to what is sent: the job file with the command line's options over it,
// checked as far as this side can, as an upload and a request.
//
// Thread safety: pure functions, apart from reading files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/jobfile/job_config.h"
#include "client/transfer/upload.h"
#include "electra/v1/job.pb.h"

namespace electra::client {

// "corpora/ID" rather than a file.
bool IsOnServer(const std::string& corpus);

// Where what is asked of a job comes from.
struct ConfigSources {
  JobConfig given;                    // one by one: wins over the file
  std::optional<std::string> file;    // a job file
  std::vector<std::string> settings;  // "key=value" of hyperparameters: win over the file's
};
absl::StatusOr<JobConfig> MergeConfig(const ConfigSources& sources);

// What can be known without reading the files that the job names.
absl::Status CheckConfig(const JobConfig& config);

// Everything of the request that can be known before the corpus is there.
absl::StatusOr<v1::SubmitJobRequest> BuildRequest(const JobConfig& config);

// Of a corpus that is a file.
absl::StatusOr<UploadOptions> UploadOf(const JobConfig& config);

}  // namespace electra::client
