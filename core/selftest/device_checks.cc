#include <ATen/ATen.h>
#include <torch/version.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>

#include "core/selftest/groups.h"
#include "core/session/cuda_driver.h"
#include "core/session/device.h"

namespace electra::selftest {
namespace {

std::string GigabytesText(int64_t bytes) {
  return Number(static_cast<double>(bytes) / (1 << 30)) + " GiB";
}

// CUDA counts 1000 x major + 10 x minor.
std::string VersionText(int64_t version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

int IndexOf(const std::string& device) {
  const size_t colon = device.find(':');
  int index = 0;
  if (colon != std::string::npos) {
    std::from_chars(device.data() + colon + 1, device.data() + device.size(), index);
  }
  return index;
}

Result NameAndMemory(const Context& context) {
  for (const DeviceReport& device : ListDevices()) {
    if (device.name != context.device) continue;
    return {.measured = device.description + ", " + GigabytesText(device.memory_bytes),
            .limit = "memory is known",
            .verdict = PassIf(device.memory_bytes > 0)};
  }
  return {.measured = "nothing", .limit = "listed among the devices"};
}

Result Libraries(const Context& context) {
  std::string text = std::string("torch ") + TORCH_VERSION;
  if (!context.on_card()) return {text, "reported", Verdict::kPass};
  std::string driver;  // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.95.05  ..."
  std::ifstream file("/proc/driver/nvidia/version");
  for (std::string word; file >> word;) {
    if (driver.empty() && word.find('.') != std::string::npos) driver = word;
  }
  text += ", CUDA " + VersionText(at::detail::getCUDAHooks().versionCUDART());
  text += ", driver " + (driver.empty() ? std::string("unknown") : driver) + " for CUDA " +
          VersionText(CudaDriver().version());
  return {text, "reported", Verdict::kPass};
}

// Libtorch's compiled architectures, from "... -gencode;arch=compute_80,code=sm_80;...".
std::vector<std::string> Architectures() {
  std::string config = at::detail::getCUDAHooks().showConfig();
  std::replace_if(
      config.begin(), config.end(),
      [](char c) { return c == ';' || c == ',' || c == '=' || c == '[' || c == ']'; }, ' ');
  std::istringstream words(config);
  std::vector<std::string> architectures;
  for (std::string previous, word; words >> word; previous = word) {
    if (previous == "code") architectures.push_back(word);
  }
  return architectures;
}

Result Architecture(const Context& context) {
  if (!context.on_card()) return NotHere("a processor needs no compute capability");
  const std::optional<CardFacts> card = CudaDriver().Card(IndexOf(context.device));
  if (!card) return {.measured = "unknown", .limit = "the driver says it"};
  const std::vector<std::string> architectures = Architectures();
  std::string list;
  for (const std::string& name : architectures) list += (list.empty() ? "" : " ") + name;
  const bool is_served = HasCodeFor(architectures, card->major, card->minor);
  return {.measured = std::to_string(card->major) + "." + std::to_string(card->minor),
          .limit = "this torch has code for it: " + list,
          .verdict = PassIf(is_served),
          .note = is_served ? ""
                            : "this build cannot compute on the card: with torch for CUDA 13 the "
                              "least is a T4 (7.5); a V100 (7.0) needs a torch for CUDA 12"};
}

Result Nccl(const Context& context) {
  if (!context.on_card()) return NotHere("ranks on processors talk over Gloo");
#ifdef ELECTRA_HAS_NCCL
  return {.measured = "built in", .limit = "reported", .verdict = Verdict::kPass};
#else
  return {.measured = "missing",
          .limit = "reported",
          .verdict = Verdict::kPass,
          .note = "jobs have one card each"};
#endif
}

Result SmallSum(const Context& context) {
  TryDevice(context.device);
  return {.measured = "computed", .limit = "no exception", .verdict = Verdict::kPass};
}

}  // namespace

bool HasCodeFor(const std::vector<std::string>& architectures, int major, int minor) {
  for (const std::string& name : architectures) {
    const size_t underscore = name.find('_');
    if (underscore == std::string::npos) continue;
    // 75, 90a, 100: the last digit is the minor version.
    int number = 0;
    const char* end = name.data() + name.size();
    const char* rest = std::from_chars(name.data() + underscore + 1, end, number).ptr;
    const int own_major = number / 10;
    const int own_minor = number % 10;
    const bool is_exact = rest != end && *rest == 'a';
    if (is_exact) {
      if (own_major == major && own_minor == minor) return true;
    } else if (name.starts_with("sm_")) {
      if (own_major == major && own_minor <= minor) return true;
    } else if (own_major * 10 + own_minor <= major * 10 + minor) {
      return true;  // compiled when the program starts
    }
  }
  return false;
}

std::vector<Check> DeviceChecks(const Context& /*context*/) {
  return {{"device: name and memory", NameAndMemory},
          {"device: versions", Libraries},
          {"device: compute capability", Architecture},
          {"device: NCCL", Nccl},
          {"device: a small sum", SmallSum}};
}

}  // namespace electra::selftest
