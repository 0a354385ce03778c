// How much may be stored, as the configuration says now: a reload changes it. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>

namespace electra::server {

struct Quotas {
  std::atomic<int64_t> corpora{0};      // bytes of all contents; 0: what the disk holds
  std::atomic<int64_t> checkpoints{0};  // bytes of all jobs' folders; 0: what the disk holds
};

}  // namespace electra::server
