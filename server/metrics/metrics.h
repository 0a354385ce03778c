// Counts and measures events of the daemon as they happen; server/README.md has the table of names.
//
//   metrics.AddCommit(seconds, CommitResult::kDone);
//
// state_collector.h has values that can be read on request, such as the jobs in each state.
// Thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/trainer.h"

namespace electra::server {

enum class CommitResult { kDone, kFailed };

class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // `method` as in "electra.v1.JobService/GetJob", `code` as in "NOT_FOUND".
  void AddCall(const std::string& method, const std::string& code, double seconds);
  void AddUploadBytes(size_t bytes);
  void SetConnections(size_t open);
  void AddRefusedConnection();
  // A transaction, from BEGIN until it is on the disk.
  void AddCommit(double seconds, CommitResult result);
  // From a job's place in the queue to its device.
  void AddQueueWait(double seconds);

  // A step of the job that trains on the device.
  void AddStep(const std::string& job, const std::string& device, const StepMetrics& step);
  void AddSkippedStep();
  void AddCheckpoint(int64_t size_bytes);
  void AddModelRead(int64_t count);
  // The job no longer trains: its own series end.
  void EndJob(const std::string& job, const std::string& device);

  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Histogram>& call_seconds_;
  prometheus::Counter& upload_bytes_;
  prometheus::Gauge& connections_;
  prometheus::Counter& refused_connections_;
  prometheus::Histogram& commit_seconds_;
  prometheus::Counter& commit_failures_;
  prometheus::Histogram& queue_wait_;
  prometheus::Family<prometheus::Histogram>& step_seconds_;
  prometheus::Family<prometheus::Counter>& tokens_;
  prometheus::Family<prometheus::Gauge>& tokens_per_second_;
  prometheus::Family<prometheus::Gauge>& slowest_rank_;
  prometheus::Family<prometheus::Gauge>& ranks_;
  prometheus::Family<prometheus::Gauge>& loss_;
  prometheus::Family<prometheus::Gauge>& step_;
  prometheus::Counter& skipped_steps_;
  prometheus::Counter& checkpoints_;
  prometheus::Counter& checkpoint_bytes_;
  prometheus::Counter& model_reads_;
};

}  // namespace electra::server
