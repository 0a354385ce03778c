#include "core/hub/weight_files.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/json.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/hub/safetensors.h"
#include "core/hub/torch_pickle.h"

namespace electra {
namespace {

using nlohmann::json;

constexpr int64_t kMaxIndexBytes = int64_t{1} << 24;
constexpr size_t kMaxShards = 1000;

using LoadFile = absl::StatusOr<WeightMap> (*)(const std::shared_ptr<const MappedFile>&);

// Opens a file of weights; a clone without Git LFS holds pointers in their place.
absl::StatusOr<std::shared_ptr<const MappedFile>> MapWeights(const ModelDirectory& directory,
                                                             std::string_view name) {
  constexpr std::string_view kPointer = "version https://git-lfs";
  ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file, directory.Map(name));
  const std::string_view start(reinterpret_cast<const char*>(file->bytes().data()),
                               std::min(file->bytes().size(), kPointer.size()));
  if (start != kPointer) return file;
  return Within(file->path(),
                InvalidArgumentError("GIT_LFS_POINTER",
                                     "is a Git LFS pointer, not the weights; get them with `git "
                                     "lfs pull`"));
}

absl::StatusOr<WeightMap> LoadSafetensors(const std::shared_ptr<const MappedFile>& file) {
  ASSIGN_OR_RETURN(std::unique_ptr<SafetensorsFile> opened, SafetensorsFile::FromMapped(file));
  WeightMap weights;
  for (const auto& [name, view] : opened->tensors()) {
    weights.emplace(name, Tensor{view, opened->owner()});
  }
  return weights;
}

absl::StatusOr<std::map<std::string, std::string>> ReadIndex(const ModelDirectory& directory,
                                                             std::string_view index_name) {
  const std::string path = directory.PathOf(index_name);
  ASSIGN_OR_RETURN(std::string text, directory.Read(index_name, kMaxIndexBytes));
  ASSIGN_OR_RETURN(json root, ParseJson(text, path, {.max_values = 1'000'000}));
  const auto map = root.find("weight_map");
  if (map == root.end() || !map->is_object() || map->empty()) {
    return Within(
        path, InvalidArgumentError("WEIGHT_MAP",
                                   "weight_map is missing or not an object of tensors and files"));
  }
  std::map<std::string, std::string> files;
  for (const auto& [name, file] : map->items()) {
    if (!file.is_string()) {
      return Within(path,
                    InvalidArgumentError("SHARD_NAME",
                                         "tensor {tensor} is in {value}, which is not a file name",
                                         JsonExcerpt(name), JsonExcerpt(file)));
    }
    files.emplace(name, file.get<std::string>());
  }
  return files;
}

absl::StatusOr<WeightMap> LoadSharded(const ModelDirectory& directory, std::string_view index_name,
                                      LoadFile load) {
  const std::string path = directory.PathOf(index_name);
  ASSIGN_OR_RETURN(auto files, ReadIndex(directory, index_name));
  std::set<std::string> shards;
  for (const auto& [name, file] : files) shards.insert(file);
  if (shards.size() > kMaxShards) {
    return Within(path, InvalidArgumentError("TOO_MANY_SHARDS",
                                             "names {count} files; at most {limit} are read",
                                             shards.size(), kMaxShards));
  }
  WeightMap weights;
  for (const std::string& shard : shards) {
    ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> mapped, MapWeights(directory, shard));
    ASSIGN_OR_RETURN(WeightMap part, load(mapped));
    for (auto& [name, tensor] : part) {
      const auto named = files.find(name);
      if (named == files.end()) {
        return Within(directory.PathOf(shard),
                      InvalidArgumentError("TENSOR_NOT_IN_INDEX",
                                           "holds tensor {tensor}, which {index} does not name",
                                           JsonExcerpt(name), path));
      }
      if (named->second != shard) {
        return Within(
            directory.PathOf(shard),
            InvalidArgumentError("TENSOR_OF_ANOTHER_SHARD",
                                 "holds tensor {tensor}, which {index} says is in another file",
                                 JsonExcerpt(name), path));
      }
      weights.emplace(name, std::move(tensor));
    }
  }
  for (const auto& [name, file] : files) {
    if (!weights.contains(name)) {
      return Within(directory.PathOf(file),
                    InvalidArgumentError("TENSOR_NOT_IN_SHARD",
                                         "lacks tensor {tensor}, which {index} says it holds",
                                         JsonExcerpt(name), path));
    }
  }
  return weights;
}

}  // namespace

absl::StatusOr<WeightMap> LoadWeights(const ModelDirectory& directory) {
  const std::pair<const char*, LoadFile> kinds[] = {{"model.safetensors", LoadSafetensors},
                                                    {"pytorch_model.bin", LoadTorchPickle}};
  for (const auto& [name, load] : kinds) {
    if (directory.Has(name)) {
      ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file, MapWeights(directory, name));
      return load(file);
    }
    const std::string index = absl::StrCat(name, ".index.json");
    if (directory.Has(index)) return LoadSharded(directory, index, load);
  }
  if (directory.Has("tf_model.h5") || directory.Has("flax_model.msgpack")) {
    return Within(directory.path(),
                  NotFoundError("FOREIGN_WEIGHTS",
                                "has neither model.safetensors nor pytorch_model.bin; TensorFlow "
                                "and Flax weights are not read: save the model with PyTorch "
                                "(save_pretrained)"));
  }
  return Within(directory.path(),
                NotFoundError("NO_WEIGHTS", "has neither model.safetensors nor pytorch_model.bin"));
}

}  // namespace electra
