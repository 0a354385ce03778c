// Facts about the cards, from the driver's own library, which is loaded where it exists: needs no
// header of CUDA, and no context on a card, which takes hundreds of megabytes of its memory.
//
//   if (const std::optional<CardFacts> card = CudaDriver().Card(0)) ... card->memory_bytes ...
//
// Thread-safe. Free of libtorch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace electra {

struct CardFacts {
  std::string name;
  int64_t memory_bytes = 0;
  // Compute capability.
  int major = 0;
  int minor = 0;
};

class CudaDriver {
 public:
  // Without the library every answer is nothing.
  explicit CudaDriver(const std::string& library = "libcuda.so.1");
  ~CudaDriver();
  CudaDriver(const CudaDriver&) = delete;
  CudaDriver& operator=(const CudaDriver&) = delete;

  // Card `index` in CUDA's own order, which CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER decide.
  std::optional<CardFacts> Card(int index) const;

  // The newest CUDA that the driver knows, 1000 x major + 10 x minor; 0 where there is none.
  int version() const;

 private:
  template <typename Function>
  Function Find(const char* name) const;

  void* library_;  // null: not there
};

}  // namespace electra
