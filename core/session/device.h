// The devices of this machine, the threads that compute on its processor, and what their errors
// mean.
//
// Free functions, and a class that counts for its own thread. Free of libtorch.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace electra {

// Whether this is what the host's or the device's allocator throws when memory ran out.
bool IsOutOfMemory(const std::exception& error);

// Whether the device is of no use to this process any more (core/base/device_lost.h). Where the
// error leaves that open, the calling thread's device is waited for.
bool IsDeviceFailure(const std::exception& error);

// Whether libtorch was built without code for the device.
bool IsUnsupportedDevice(const std::exception& error);

// Sets what CUDA reads of the environment once, when it starts, unless the user did: products that
// give the same bits each time (CUBLAS_WORKSPACE_CONFIG), and memory that grows in place, so that
// batches of unlike sizes leave no gaps (PYTORCH_CUDA_ALLOC_CONF). At the start of a program.
void PrepareEnvironmentForCuda();

// From now on what the calling thread asks of CUDA without naming a device is asked of this one.
void UseDevice(const std::string& device);

// Computes something small on the device and waits for it: throws what a job would meet there.
void TryDevice(const std::string& device);

struct DeviceReport {
  std::string name;         // "cpu", "cuda:0"
  std::string description;  // processor or card
  int64_t memory_bytes = 0;
};

// The devices of this machine, the processor first.
std::vector<DeviceReport> ListDevices();

// The device that `requested` (auto, cpu, cuda, cuda:N) means here; empty when it is not there. auto
// takes cuda:0 where there is one.
std::string ResolveDevice(std::string_view requested);

// Floating-point operations a second of large matrix products on the device, in float32, bfloat16
// or float16: what a training step is measured against. Takes about a second.
double MeasureMatrixProduct(const std::string& device, std::string_view type = "float32");

// The most memory that this process has had so far: resident on the CPU, allocated on a card.
int64_t PeakMemoryBytes(const std::string& device);

// From now on the most is that of the time since; what is in use now counts.
void ResetPeakMemory(const std::string& device);

// Gives memory that no session uses any more, but the allocators keep for the next one, back to the
// system and to other processes on the cards.
void ReleaseUnusedMemory();

// Threads of one operation on the CPU; 0 leaves libtorch's own choice. Once, before any session.
void SetThreadCount(int threads);

// Threads of an operation that the calling thread begins.
int ThreadCount();

// While it lives, operations that the calling thread begins take `threads`; those of all other
// threads keep what they have. Of the thread that made it.
class ThreadShare {
 public:
  explicit ThreadShare(int threads);
  ~ThreadShare();
  ThreadShare(const ThreadShare&) = delete;
  ThreadShare& operator=(const ThreadShare&) = delete;

 private:
  const int before_;
};

// From now on the calling thread computes alone and steps back for others: operations that it
// begins take no second thread, and of a core that threads share it gets a tenth of what others
// get. All other threads keep what they have, but for those that compute for the first time
// meanwhile: to be called before they do.
void ComputeInBackground();

}  // namespace electra
