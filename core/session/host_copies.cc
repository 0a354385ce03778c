#include "core/session/host_copies.h"

#include <ATen/DeviceAccelerator.h>

#include <algorithm>

namespace electra {
namespace {

// A wait costs a card little beside 64 MiB, and a processor nothing.
constexpr int64_t kNumbersOnCard = int64_t{16} << 20;
constexpr int64_t kNumbersOnCpu = int64_t{1} << 18;

}  // namespace

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

}  // namespace electra
