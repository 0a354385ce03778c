// What `electra submit` knows before it asks the server: its options, the job file and the local
// files, as one request or as the requests of a sweep.
//
// Thread safety: free functions without state. Ownership: values.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/commands/submit_options.h"
#include "client/files/local_file.h"
#include "client/jobfile/job_config.h"
#include "client/jobfile/submission.h"
#include "client/jobfile/sweep.h"
#include "client/shell/command_context.h"
#include "client/transfer/upload.h"
#include "electra/v1/job.pb.h"

namespace electra::client {

struct Submission {
  JobConfig config;
  v1::SubmitJobRequest request;  // without the corpus if that is a file
  UploadOptions upload;          // where it is
  std::vector<OtherUpload> others;
  std::vector<SweepPoint> points;  // empty: one job

  bool uploads() const { return !IsOnServer(*config.corpus); }
  std::string corpus_label() const { return uploads() ? BaseName(upload.path) : *config.corpus; }
};

absl::StatusOr<Submission> PrepareSubmission(CommandContext& context, const SubmitOptions& options);

// The requests of one job, or of each job of a sweep, whose name tells which one it is.
absl::StatusOr<std::vector<v1::SubmitJobRequest>> RequestsOf(const Submission& submission,
                                                             const std::string& sweep);

}  // namespace electra::client
