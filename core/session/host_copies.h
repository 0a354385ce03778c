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
#include <memory>
#include <span>
#include <vector>

namespace electra {

// Where copies are queued.
class CopyStream {
 public:
  virtual ~CopyStream() = default;
  // Copies come after what the calling thread has had the device compute so far. Waits for nothing.
  virtual void Begin() = 0;
  // `to` is written by the end of the next Wait() at the latest.
  virtual void Copy(const at::Tensor& to, const at::Tensor& from) = 0;
  virtual void Wait() = 0;
};

// The device's current stream: after what is computed there.
class DeviceCopyStream : public CopyStream {
 public:
  explicit DeviceCopyStream(const at::Device& device) : device_(device) {}
  void Begin() override {}
  void Copy(const at::Tensor& to, const at::Tensor& from) override;
  void Wait() override;

 private:
  const at::Device device_;
};

// A stream of its own beside a card's current one, for copies while that goes on computing.
std::unique_ptr<CopyStream> MakeSideCopyStream(const at::Device& card);

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

// Tensors as they are at one moment of the device's work, for another thread to bring over while
// that work goes on.
//
//   DeviceSnapshot snapshot(tensors, MakeSideCopyStream(device));  // the thread that trains
//   snapshot.Fetch(targets);                                       // another one
//
// Holds clones on the device until they are fetched. Each call is made once, by any thread.
class DeviceSnapshot {
 public:
  // Queues the clones and waits for nothing. Throws the allocator's error where they find no room.
  DeviceSnapshot(std::span<const at::Tensor> tensors, std::unique_ptr<CopyStream> stream);

  // The numbers of each tensor, into the target of the same index. // sync
  // Throws the errors of copies. In either case the device has its memory back.
  void Fetch(std::span<std::vector<float>* const> targets);

 private:
  std::vector<at::Tensor> clones_;
  const std::unique_ptr<CopyStream> stream_;
};

// Whether clones of so many bytes leave a card of `memory` bytes what its steps have needed at most
// so far (`peak`, earlier clones included), with a sixteenth to spare.
bool LeavesRoomForSteps(int64_t clones, int64_t peak, int64_t memory);

}  // namespace electra
