#include "client/jobfile/request_check.h"

#include <algorithm>
#include <string>

#include "client/rpc/backoff.h"
#include "client/transfer/corpus_content.h"
#include "client/transfer/corpus_head.h"
#include "core/base/status_macros.h"
#include "electra/v1/corpus.pb.h"

namespace electra::client {
namespace {

constexpr int kAttempts = 8;

// The largest message of an estimate; the settings have the rest of gRPC's 4 MiB.
constexpr size_t kLargestEstimate = (4 << 20) - (128 << 10);
constexpr size_t kLargestSample = 2 << 20;
constexpr size_t kRoomForOthers = 256 << 10;  // for the samples of all other corpora

absl::StatusOr<v1::CorpusHeader> CheckFile(const UploadOptions& upload) {
  ASSIGN_OR_RETURN(const CorpusContent content, CorpusContent::Open(upload));
  RETURN_IF_ERROR(CheckCorpusHead(upload));
  return HeaderOf(upload, content.size());
}

}  // namespace

v1::EstimateJobRequest EstimateRequest(const v1::SubmitJobRequest& request) {
  v1::EstimateJobRequest estimate;
  estimate.set_corpus(request.corpus());
  estimate.set_model(request.model());
  *estimate.mutable_hyperparameters() = request.hyperparameters();
  estimate.set_vocabulary(request.vocabulary());
  estimate.set_display_name(request.display_name());
  estimate.set_priority(request.priority());
  *estimate.mutable_probe() = request.probe();
  *estimate.mutable_tags() = request.tags();
  estimate.set_notify_url(request.notify_url());
  *estimate.mutable_eval_corpora() = request.eval_corpora();
  *estimate.mutable_mix() = request.mix();
  return estimate;
}

namespace {

absl::StatusOr<v1::CorpusSample> ReadBeginning(const UploadOptions& upload, size_t room) {
  ASSIGN_OR_RETURN(CorpusContent content, CorpusContent::Open(upload));
  v1::CorpusSample sample;
  *sample.mutable_header() = HeaderOf(upload, content.size());
  std::string& data = *sample.mutable_data();
  data.resize(std::min(room, static_cast<size_t>(content.size())));
  ASSIGN_OR_RETURN(const size_t count, content.ReadAt(0, data.data(), data.size()));
  data.resize(count);
  return sample;
}

}  // namespace

absl::StatusOr<v1::CorpusSample> ReadSample(const UploadOptions& upload, size_t vocabulary_bytes) {
  const size_t room = kLargestEstimate - kRoomForOthers - vocabulary_bytes;
  return ReadBeginning(upload, std::min(kLargestSample, room));
}

absl::Status AddOtherSamples(const std::vector<OtherUpload>& others,
                             v1::EstimateJobRequest& question) {
  for (const OtherUpload& other : others) {
    ASSIGN_OR_RETURN(v1::CorpusSample sample,
                     ReadBeginning(other.upload, kRoomForOthers / others.size()));
    SetOther(other, question, [&](auto& corpus) { *corpus.mutable_sample() = std::move(sample); });
  }
  return absl::OkStatus();
}

grpc::Status Estimate(CommandContext& context, const v1::EstimateJobRequest& request,
                      v1::JobEstimate* estimate) {
  Backoff backoff(context.environment.random);
  for (int attempt = 1;; ++attempt) {
    grpc::Status status = context.connection.Call(request, estimate);
    const bool again = status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED &&
                       attempt < kAttempts && !context.environment.interruption->triggered();
    if (!again) return status;
    context.environment.wait(backoff.Next());
  }
}

CallOutcome CheckRequests(CommandContext& context,
                          const std::vector<v1::SubmitJobRequest>& requests,
                          const UploadOptions* upload, const std::vector<OtherUpload>& others) {
  for (const OtherUpload& other : others) {
    if (absl::Status status = CheckFile(other.upload).status(); !status.ok()) {
      return {.local = std::move(status)};
    }
  }
  v1::CorpusHeader header;
  if (upload != nullptr) {
    absl::StatusOr<v1::CorpusHeader> checked = CheckFile(*upload);
    if (!checked.ok()) return {.local = checked.status()};
    header = *std::move(checked);
  }
  for (const v1::SubmitJobRequest& request : requests) {
    v1::EstimateJobRequest question = EstimateRequest(request);
    question.clear_corpus();  // its text is looked at when the job is queued
    if (upload != nullptr) *question.mutable_header() = header;
    v1::JobEstimate ignored;
    grpc::Status status = Estimate(context, question, &ignored);
    // An older server finds errors job by job.
    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) break;
    if (!status.ok()) return {.remote = std::move(status)};
  }
  return {};
}

}  // namespace electra::client
