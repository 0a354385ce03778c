// Turns the job file, overridden by the command line's options, into an upload and a request,
// checked as far as this side can.
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

// The sources of a job's settings.
struct ConfigSources {
  JobConfig given;                    // one by one: wins over the file
  std::optional<std::string> file;    // a job file
  std::vector<std::string> settings;  // "key=value" of hyperparameters: win over the file's
};
absl::StatusOr<JobConfig> MergeConfig(const ConfigSources& sources);

// Checks everything that does not need the files that the job names.
absl::Status CheckConfig(const JobConfig& config);

// The parts of the request that are known before the corpus is on the server.
absl::StatusOr<v1::SubmitJobRequest> BuildRequest(const JobConfig& config);

// The upload of a corpus that is a file.
absl::StatusOr<UploadOptions> UploadOf(const JobConfig& config);

// A further corpus that is a file, and its place in a request.
struct OtherUpload {
  UploadOptions upload;
  bool is_evaluated = false;
  int index = 0;  // in eval_corpora, or in mix
};
// In the order of the request, without corpora that are on the server.
absl::StatusOr<std::vector<OtherUpload>> OtherUploadsOf(const JobConfig& config);

// The field of the request for this upload.
template <typename Request, typename Set>
void SetOther(const OtherUpload& other, Request& request, Set set) {
  if (other.is_evaluated) {
    set(*request.mutable_eval_corpora(other.index));
  } else {
    set(*request.mutable_mix(other.index));
  }
}

// "0.8,0.2", in the order of the corpora.
absl::Status ApplyMix(const std::string& shares, JobConfig& config);

// "NAME=FILE", or a file alone.
NamedCorpus ParseEvalCorpus(const std::string& text);

}  // namespace electra::client
