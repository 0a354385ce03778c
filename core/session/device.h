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

// Whether the host's or the device's allocator throws this when memory runs out.
bool IsOutOfMemory(const std::exception& error);

// Whether the device is lost to this process (core/base/device_lost.h). Where the error leaves that
// open, waits for the calling thread's device.
bool IsDeviceFailure(const std::exception& error);

// Whether libtorch was built without code for the device.
bool IsUnsupportedDevice(const std::exception& error);

// Sets the environment that CUDA reads once, when it starts, unless the user did: products that
// give the same bits each time (CUBLAS_WORKSPACE_CONFIG), and memory that grows in place, so that
// batches of different sizes leave no gaps (PYTORCH_CUDA_ALLOC_CONF). Call it at the start of a
// program.
void PrepareEnvironmentForCuda();

// From now on the calling thread's CUDA calls that name no device go to this one.
void UseDevice(const std::string& device);

// Computes something small on the device and waits for it: throws the errors that a job would get
// there.
void TryDevice(const std::string& device);

struct DeviceReport {
  std::string name;         // "cpu", "cuda:0"
  std::string description;  // processor or card
  int64_t memory_bytes = 0;
};

// The devices of this machine, the processor first.
std::vector<DeviceReport> ListDevices();

// The device that `requested` (auto, cpu, cuda, cuda:N) means here; empty when it is not there.
// auto takes cuda:0 where there is one.
std::string ResolveDevice(std::string_view requested);

// Whether /proc/cpuinfo's list of features names instructions for products in bfloat16.
bool NamesBFloat16(std::string_view features);

// Describes a processor without such instructions ("AMD EPYC, avx2"); empty if it has them.
std::string ProcessorWithoutBFloat16();

// Floating-point operations a second of large matrix products on the device, in float32, bfloat16
// or float16: the measure for a training step. Takes about a second.
double MeasureMatrixProduct(const std::string& device, std::string_view type = "float32");

// The most memory that this process has had so far: resident on the CPU, allocated on a card.
int64_t PeakMemoryBytes(const std::string& device);

// From now on the peak counts from here; memory in use now counts.
void ResetPeakMemory(const std::string& device);

// Gives memory that no session uses any more, but the allocators keep for the next one, back to the
// system and to other processes on the cards.
void ReleaseUnusedMemory();

// Threads of one operation on the CPU; 0 leaves libtorch's own choice. Call it once, before any
// session.
void SetThreadCount(int threads);

// Threads of an operation that the calling thread begins.
int ThreadCount();

// While it lives, operations that the calling thread begins use `threads`; those of other threads
// keep their count. Belongs to the thread that made it.
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
// begins take no second thread, and on a shared core it gets a tenth of the time of others. All
// other threads keep their settings, except threads that compute for the first time meanwhile: call
// it before they do.
void ComputeInBackground();

}  // namespace electra
