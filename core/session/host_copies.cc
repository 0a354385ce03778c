#include "core/session/host_copies.h"

#include <ATen/DeviceAccelerator.h>
#include <c10/core/Event.h>
#include <c10/core/GradMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <utility>

namespace electra {
namespace {

// A wait costs a card little beside 64 MiB, and a processor nothing.
constexpr int64_t kNumbersOnCard = int64_t{16} << 20;
constexpr int64_t kNumbersOnCpu = int64_t{1} << 18;

class SideCopyStream : public CopyStream {
 public:
  explicit SideCopyStream(const at::Device& card)
      : stream_(c10::impl::VirtualGuardImpl(card.type()).getStreamFromGlobalPool(card)),
        begun_(card.type()) {}

  void Begin() override {
    begun_.record(at::accelerator::getCurrentStream(stream_.device_index()));
    begun_.block(stream_);
  }

  void Copy(const at::Tensor& to, const at::Tensor& from) override {
    const c10::StreamGuard guard(stream_);
    to.copy_(from, /*non_blocking=*/true);
  }

  void Wait() override { stream_.synchronize(); }

 private:
  const c10::Stream stream_;
  c10::Event begun_;
};

}  // namespace

std::unique_ptr<CopyStream> MakeSideCopyStream(const at::Device& card) {
  return std::make_unique<SideCopyStream>(card);
}

void DeviceCopyStream::Copy(const at::Tensor& to, const at::Tensor& from) {
  to.copy_(from, /*non_blocking=*/true);
}

void DeviceCopyStream::Wait() {
  if (device_.is_cuda()) at::accelerator::getCurrentStream(device_.index()).synchronize();
}

HostCopies::HostCopies(CopyStream& stream, const at::Device& device)
    : HostCopies(stream, device, device.is_cuda() ? kNumbersOnCard : kNumbersOnCpu) {}

HostCopies::HostCopies(CopyStream& stream, const at::Device& device, int64_t buffer_size)
    : stream_(stream),
      buffer_(at::empty({buffer_size},
                        at::TensorOptions().dtype(at::kFloat).pinned_memory(device.is_cuda()))) {}

void HostCopies::Add(const at::Tensor& tensor, std::vector<float>& values) {
  const at::Tensor flat = tensor.detach().reshape(-1);
  values.resize(static_cast<size_t>(flat.numel()));
  for (int64_t begin = 0; begin < flat.numel();) {
    if (used_ == buffer_.numel()) Finish();
    const int64_t count = std::min(flat.numel() - begin, buffer_.numel() - used_);
    stream_.Copy(buffer_.narrow(0, used_, count), flat.narrow(0, begin, count));
    parts_.push_back({used_, count, values.data() + begin});
    used_ += count;
    begin += count;
  }
}

void HostCopies::Finish() {
  stream_.Wait();
  const float* buffer = buffer_.const_data_ptr<float>();
  for (const Part& part : parts_) std::copy_n(buffer + part.begin, part.count, part.target);
  parts_.clear();
  used_ = 0;
}

DeviceSnapshot::DeviceSnapshot(std::span<const at::Tensor> tensors,
                               std::unique_ptr<CopyStream> stream)
    : stream_(std::move(stream)) {
  const c10::NoGradGuard no_grad;
  for (const at::Tensor& tensor : tensors) {
    clones_.push_back(tensor.detach().clone(at::MemoryFormat::Contiguous));
  }
  stream_->Begin();
}

void DeviceSnapshot::Fetch(std::span<std::vector<float>* const> targets) {
  const std::vector<at::Tensor> clones = std::exchange(clones_, {});
  if (clones.empty()) return;
  try {
    HostCopies copies(*stream_, clones.front().device());
    for (size_t i = 0; i < clones.size(); ++i) copies.Add(clones[i], *targets[i]);
    copies.Finish();
  } catch (...) {
    // Copies that are under way read the clones.
    try {
      stream_->Wait();
    } catch (const std::exception&) {  // the first error counts
    }
    throw;
  }
}

bool LeavesRoomForSteps(int64_t clones, int64_t peak, int64_t memory) {
  return clones <= memory - memory / 16 - peak;
}

}  // namespace electra
