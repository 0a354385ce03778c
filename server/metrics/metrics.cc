#include "server/metrics/metrics.h"

#include "server/base/version.h"

namespace electra::server {
namespace {

using ::prometheus::Family;
using Buckets = ::prometheus::Histogram::BucketBoundaries;

// From a commit on a fast disk to a call that waits for a slow one.
const Buckets& ShortTimes() {
  static const Buckets buckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                  0.1,    0.25,  0.5,    1,     2.5,  5,     10};
  return buckets;
}

const Buckets& StepTimes() {
  static const Buckets buckets = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
  return buckets;
}

const Buckets& QueueTimes() {
  static const Buckets buckets = {0.1, 1, 10, 60, 300, 900, 3600, 4 * 3600, 86400, 7 * 86400};
  return buckets;
}

Family<prometheus::Counter>& Counters(prometheus::Registry& registry, const char* name,
                                      const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<prometheus::Gauge>& Gauges(prometheus::Registry& registry, const char* name,
                                  const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<prometheus::Histogram>& Histograms(prometheus::Registry& registry, const char* name,
                                          const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

constexpr const char* kLossParts[] = {"combined", "generator", "discriminator"};

// Not `job`: Prometheus uses that label for its targets, and would rename ours.
prometheus::Labels LossLabels(const std::string& job, const std::string& device,
                              const std::string& part) {
  return {{"job_id", job}, {"device", device}, {"part", part}};
}

prometheus::Labels JobLabels(const std::string& job, const std::string& device) {
  return {{"job_id", job}, {"device", device}};
}

}  // namespace

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      calls_(Counters(*registry_, "electrad_grpc_calls_total", "Calls that have ended")),
      call_seconds_(Histograms(*registry_, "electrad_grpc_call_seconds",
                               "From a call's arrival to its status; streams last")),
      upload_bytes_(Counters(*registry_, "electrad_upload_bytes_total",
                             "Bytes of corpora and models that clients have sent")
                        .Add({})),
      connections_(
          Gauges(*registry_, "electrad_connections", "Connections of clients, open now").Add({})),
      refused_connections_(Counters(*registry_, "electrad_connections_refused_total",
                                    "Connections that there was no room for")
                               .Add({})),
      commit_seconds_(Histograms(*registry_, "electrad_sqlite_commit_seconds",
                                 "Transactions of the database, until they are on the disk")
                          .Add({}, ShortTimes())),
      commit_failures_(Counters(*registry_, "electrad_sqlite_commit_failures_total",
                                "Transactions that SQLite rolled back with an error")
                           .Add({})),
      queue_wait_(Histograms(*registry_, "electrad_queue_wait_seconds",
                             "From a job's entry into the queue until it had a device")
                      .Add({}, QueueTimes())),
      step_seconds_(Histograms(*registry_, "electrad_step_seconds", "Training steps")),
      tokens_(Counters(*registry_, "electrad_tokens_total", "Real tokens that were trained on")),
      tokens_per_second_(Gauges(*registry_, "electrad_tokens_per_second",
                                "Tokens a second of the running job's last step")),
      slowest_rank_(Gauges(*registry_, "electrad_slowest_rank_tokens_per_second",
                           "Tokens a second of the slowest rank in the running job's last step, "
                           "where it has several")),
      ranks_(Gauges(*registry_, "electrad_ranks", "Ranks that shared the running job's last step")),
      loss_(Gauges(*registry_, "electrad_loss", "Loss of the running job's last step")),
      step_(Gauges(*registry_, "electrad_step", "The running job's last step")),
      skipped_steps_(Counters(*registry_, "electrad_skipped_steps_total",
                              "Steps skipped because their loss or gradient was not finite")
                         .Add({})),
      checkpoints_(
          Counters(*registry_, "electrad_checkpoints_total", "Checkpoints written").Add({})),
      checkpoint_bytes_(
          Counters(*registry_, "electrad_checkpoint_bytes_total", "Bytes of checkpoints written")
              .Add({})),
      model_reads_(Counters(*registry_, "electrad_model_reads_total",
                            "How often weights of an imported model were read from the disk")
                       .Add({})) {
  Gauges(*registry_, "electrad_build_info", "1, with the version")
      .Add({{"version", kVersion}})
      .Set(1);
}

void Metrics::AddCall(const std::string& method, const std::string& code, double seconds) {
  calls_.Add({{"method", method}, {"code", code}}).Increment();
  call_seconds_.Add({{"method", method}}, ShortTimes()).Observe(seconds);
}

void Metrics::AddUploadBytes(size_t bytes) { upload_bytes_.Increment(static_cast<double>(bytes)); }

void Metrics::SetConnections(size_t open) { connections_.Set(static_cast<double>(open)); }

void Metrics::AddRefusedConnection() { refused_connections_.Increment(); }

void Metrics::AddCommit(double seconds, CommitResult result) {
  commit_seconds_.Observe(seconds);
  if (result == CommitResult::kFailed) commit_failures_.Increment();
}

void Metrics::AddQueueWait(double seconds) { queue_wait_.Observe(seconds); }

void Metrics::AddStep(const std::string& job, const std::string& device, const StepMetrics& step) {
  step_seconds_.Add({{"device", device}}, StepTimes()).Observe(step.step_seconds);
  tokens_.Add({{"device", device}}).Increment(step.tokens_per_second * step.step_seconds);
  tokens_per_second_.Add(JobLabels(job, device)).Set(step.tokens_per_second);
  ranks_.Add(JobLabels(job, device)).Set(static_cast<double>(step.ranks));
  if (step.ranks > 1) {
    slowest_rank_.Add(JobLabels(job, device)).Set(step.slowest_rank_tokens_per_second);
  }
  step_.Add(JobLabels(job, device)).Set(static_cast<double>(step.step));
  const double losses[] = {step.loss.combined_loss, step.loss.generator_loss,
                           step.loss.discriminator_loss};
  for (size_t i = 0; i < std::size(kLossParts); ++i) {
    loss_.Add(LossLabels(job, device, kLossParts[i])).Set(losses[i]);
  }
}

void Metrics::AddSkippedStep() { skipped_steps_.Increment(); }

void Metrics::AddCheckpoint(int64_t size_bytes) {
  checkpoints_.Increment();
  checkpoint_bytes_.Increment(static_cast<double>(size_bytes));
}

void Metrics::AddModelRead(int64_t count) { model_reads_.Increment(static_cast<double>(count)); }

void Metrics::EndJob(const std::string& job, const std::string& device) {
  tokens_per_second_.Remove(&tokens_per_second_.Add(JobLabels(job, device)));
  slowest_rank_.Remove(&slowest_rank_.Add(JobLabels(job, device)));
  ranks_.Remove(&ranks_.Add(JobLabels(job, device)));
  step_.Remove(&step_.Add(JobLabels(job, device)));
  for (const char* part : kLossParts) loss_.Remove(&loss_.Add(LossLabels(job, device, part)));
}

}  // namespace electra::server
