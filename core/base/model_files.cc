#include "core/base/model_files.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "absl/strings/ascii.h"

namespace electra {
namespace {

constexpr std::array<std::string_view, 6> kSmallFiles = {"config.json",
                                                         "vocab.txt",
                                                         "tokenizer.json",
                                                         "tokenizer_config.json",
                                                         "special_tokens_map.json",
                                                         "added_tokens.json"};

struct WeightKind {
  std::string_view file;
  std::string_view index;
  std::string_view shard_ending;
};
constexpr std::array<WeightKind, 2> kWeightKinds = {
    WeightKind{"model.safetensors", "model.safetensors.index.json", ".safetensors"},
    WeightKind{"pytorch_model.bin", "pytorch_model.bin.index.json", ".bin"}};

constexpr size_t kMaxFileName = 255;

}  // namespace

std::vector<std::string> SelectModelFiles(const std::set<std::string>& names) {
  std::vector<std::string> selected;
  for (std::string_view name : kSmallFiles) {
    if (names.contains(std::string(name))) selected.emplace_back(name);
  }
  for (const WeightKind& kind : kWeightKinds) {
    if (names.contains(std::string(kind.file))) {
      selected.emplace_back(kind.file);
      break;
    }
    if (!names.contains(std::string(kind.index))) continue;
    selected.emplace_back(kind.index);
    std::copy_if(names.begin(), names.end(), std::back_inserter(selected),
                 [&](const std::string& name) { return name.ends_with(kind.shard_ending); });
    break;
  }
  return selected;
}

bool HasWeights(const std::vector<std::string>& selected) {
  return std::any_of(selected.begin(), selected.end(), [](const std::string& name) {
    return std::any_of(kWeightKinds.begin(), kWeightKinds.end(),
                       [&](const WeightKind& kind) { return name.ends_with(kind.shard_ending); });
  });
}

bool IsPlainName(std::string_view name, size_t most) {
  const auto is_plain = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= most &&
         absl::ascii_isalnum(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(), is_plain);
}

bool IsModelFileName(std::string_view name) {
  if (!IsPlainName(name, kMaxFileName)) return false;
  if (std::find(kSmallFiles.begin(), kSmallFiles.end(), name) != kSmallFiles.end()) return true;
  return std::any_of(kWeightKinds.begin(), kWeightKinds.end(), [&](const WeightKind& kind) {
    return name == kind.index || name.ends_with(kind.shard_ending);
  });
}

}  // namespace electra
