#include "core/model/randomness.h"

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

namespace electra {
namespace {

at::Generator& ThreadGenerator() {
  thread_local at::Generator generator = at::make_generator<at::CPUGeneratorImpl>();
  return generator;
}

void Seed(at::Generator generator, uint64_t seed) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(seed);
}

}  // namespace

at::Generator GeneratorOf(const at::Device& device) {
  return device.is_cpu() ? ThreadGenerator() : at::globalContext().defaultGenerator(device);
}

void SeedGenerators(const at::Device& device, uint64_t seed) {
  Seed(ThreadGenerator(), seed);
  if (!device.is_cpu()) Seed(at::globalContext().defaultGenerator(device), seed);
}

uint64_t DrawKey() {
  at::Generator& generator = ThreadGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

cpu::Dropout DrawDropout(double probability) {
  if (probability <= 0) return {};
  return {.key = DrawKey(), .probability = probability};
}

}  // namespace electra
