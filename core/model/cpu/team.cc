#include "core/model/cpu/team.h"

#ifdef _OPENMP
#include <omp.h>
#endif

#include <memory>
#include <new>

namespace electra::cpu {
namespace {

// The calling thread's; only what is used of it takes memory.
float* OwnMemory(int threads) {
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(float* memory) const { ::operator delete[](memory, kAlignment); }
  };
  static thread_local std::unique_ptr<float[], Free> memory;
  static thread_local int has_threads = 0;
  if (threads > has_threads) {
    const size_t bytes = static_cast<size_t>(threads * Team::kMemoryFloats) * sizeof(float);
    memory.reset(static_cast<float*>(::operator new[](bytes, kAlignment)));
    has_threads = threads;
  }
  return memory.get();
}

}  // namespace

void Team::Run([[maybe_unused]] int threads, const std::function<void(Team&)>& work) {
  float* memory = OwnMemory(threads);
#ifdef _OPENMP
  Progress progress(threads);
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    Team team(&progress, memory, omp_get_thread_num(), omp_get_num_threads(), threads);
    work(team);
  }
#else
  Progress progress(1);
  Team team(&progress, memory, 0, 1, 1);
  work(team);
#endif
}

}  // namespace electra::cpu
