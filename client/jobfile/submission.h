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

// A corpus beside the first that is a file, and its place in a request.
struct OtherUpload {
  UploadOptions upload;
  bool is_evaluated = false;
  int index = 0;  // in eval_corpora, or in mix
};
// In the order of the request; those on the server are left out.
absl::StatusOr<std::vector<OtherUpload>> OtherUploadsOf(const JobConfig& config);

// The field of the request that it is for.
template <typename Request, typename Set>
void SetOther(const OtherUpload& other, Request& request, Set set) {
  if (other.is_evaluated) {
    set(*request.mutable_eval_corpora(other.index));
  } else {
    set(*request.mutable_mix(other.index));
  }
}

// "0.8,0.2", of the corpora in their order.
absl::Status ApplyMix(const std::string& shares, JobConfig& config);

// "NAME=FILE", or a file alone.
NamedCorpus ParseEvalCorpus(const std::string& text);

}  // namespace electra::client
