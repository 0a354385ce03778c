// Copies many tensors from a device to the host with few waits. Private to core: includes libtorch.
//
//   DeviceCopyStream stream(device);
//   HostCopies copies(stream, device);
//   copies.Add(weight, array.values);
//   copies.Finish();  // only now are the values there
//
// On a card they go through one piece of page-locked memory, which a card writes by itself: a copy
// to any other is a wait of its own, at a fraction of the speed. Not thread-safe.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace electra {

// Where copies are queued.
class CopyStream {
 public:
  virtual ~CopyStream() = default;
  // `to` is written by the end of the next Wait() at the latest.
  virtual void Copy(const at::Tensor& to, const at::Tensor& from) = 0;
  virtual void Wait() = 0;
};

// The device's current stream: after what is computed there.
class DeviceCopyStream : public CopyStream {
 public:
  explicit DeviceCopyStream(const at::Device& device) : device_(device) {}
  void Copy(const at::Tensor& to, const at::Tensor& from) override;
  void Wait() override;

 private:
  const at::Device device_;
};

class HostCopies {
 public:
  // The stream must outlive the copies. `buffer_size`: numbers that are on their way at once.
  HostCopies(CopyStream& stream, const at::Device& device);
  HostCopies(CopyStream& stream, const at::Device& device, int64_t buffer_size);

  // Makes `values` as large as the tensor, row-major; they are written by Finish() at the latest.
  // The memory of `values` must stay where it is until then; moving the vector is no harm.
  void Add(const at::Tensor& tensor, std::vector<float>& values);

  void Finish();

 private:
  struct Part {
    int64_t begin;  // in the buffer
    int64_t count;
    float* target;
  };

  CopyStream& stream_;
  at::Tensor buffer_;  // float32
  int64_t used_ = 0;
  std::vector<Part> parts_;
};

}  // namespace electra
