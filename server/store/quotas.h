// How much may be stored, by the current configuration: a reload changes it. 0: no limit.
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>

namespace electra::server {

struct Quotas {
  std::atomic<int64_t> corpora{0};      // bytes of all contents and partial uploads
  std::atomic<int64_t> checkpoints{0};  // bytes of all jobs' folders
  std::atomic<int64_t> ended_jobs{0};   // of each token
};

}  // namespace electra::server
