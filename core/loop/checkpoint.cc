#include "core/loop/checkpoint.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/message.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/hub/config_json.h"
#include "core/hub/pretrained.h"
#include "core/hub/pretrained_save.h"
#include "core/hub/safetensors.h"
#include "core/hub/safetensors_write.h"
#include "core/loop/checkpoint_folders.h"

namespace electra {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr char kDescription[] = "checkpoint.json";
constexpr char kOptimizer[] = "optimizer.safetensors";
constexpr char kTrained[] = "trained.safetensors";
constexpr char kExtras[] = "extras.safetensors";
constexpr char kGenerator[] = "generator/model.safetensors";
constexpr char kDiscriminator[] = "discriminator/model.safetensors";
constexpr std::string_view kFirstMoment = "first_moment.";
constexpr std::string_view kSecondMoment = "second_moment.";
constexpr int64_t kMaxDescriptionBytes = 1 << 20;

std::span<const std::byte> Bytes(const std::vector<float>& values) {
  return std::as_bytes(std::span<const float>(values));
}

void AppendTensors(std::string_view prefix, const std::vector<NamedArray>& arrays,
                   std::vector<NamedTensor>* tensors) {
  for (const NamedArray& array : arrays) {
    tensors->push_back(
        {.name = absl::StrCat(std::string(prefix), array.name),
         .view = {.dtype = DType::kFloat32, .shape = array.shape, .data = Bytes(array.values)}});
  }
}

std::vector<NamedTensor> Tensors(const std::vector<NamedArray>& arrays) {
  std::vector<NamedTensor> tensors;
  AppendTensors("", arrays, &tensors);
  return tensors;
}

Json ToJson(const BestEvaluation& best) {
  if (!best.step || !best.last_step) return nullptr;
  return {{"step", *best.step},
          {"value", best.value},
          {"evaluations_since", best.evaluations_since},
          {"last_step", *best.last_step}};
}

// False where it is not a best evaluation.
bool FromJson(const Json& json, BestEvaluation* best) {
  if (json.is_null()) return true;  // nothing was evaluated, or an older version wrote it
  if (!json.is_object()) return false;
  const auto integer = [&](const char* key) { return JsonInteger(json.value(key, Json())); };
  // Older versions compared combined losses alone.
  const Json value = json.value("value", json.value("combined_loss", Json()));
  const std::optional<int64_t> since = integer("evaluations_since");
  best->step = integer("step");
  best->last_step = integer("last_step");
  if (!best->step || !best->last_step || !since || !value.is_number()) return false;
  best->value = value.get<double>();
  best->evaluations_since = *since;
  return true;
}

absl::Status WriteDescription(const fs::path& dir, const CheckpointContents& contents) {
  Json description = {{"format", 1},
                      {"step", contents.state.step},
                      {"skipped_steps", contents.state.skipped_steps},
                      {"tokens_seen", contents.tokens_seen},
                      {"run_seconds", contents.run_seconds},
                      {"best", ToJson(contents.best)}};
  if (contents.state.loss_scale) {
    description["loss_scale"] = {{"factor", contents.state.loss_scale->factor},
                                 {"good_steps", contents.state.loss_scale->good_steps}};
  }
  for (const char* file : {kGenerator, kDiscriminator, kOptimizer, kTrained, kExtras}) {
    if (file == kTrained && contents.state.trained.empty()) continue;
    if (file == kExtras && contents.state.extras.empty()) continue;
    ASSIGN_OR_RETURN(description["sha256"][file], FileSha256Hex(dir / file));
  }
  return WriteTextFile((dir / kDescription).string(), description.dump(2) + "\n");
}

absl::Status WriteFiles(const fs::path& dir, const CheckpointContents& contents) {
  RETURN_IF_ERROR(SavePretrained((dir / "generator").string(), Role::kGenerator,
                                 contents.model.generator, Tensors(contents.state.generator),
                                 contents.tokenizer.vocabulary(), contents.tokenizer.options(),
                                 SaveOptions{}));
  RETURN_IF_ERROR(
      SavePretrained((dir / "discriminator").string(), Role::kDiscriminator,
                     contents.model.discriminator, Tensors(contents.state.discriminator),
                     contents.tokenizer.vocabulary(), contents.tokenizer.options(), SaveOptions{}));
  std::vector<NamedTensor> moments;
  AppendTensors(kFirstMoment, contents.state.first_moments, &moments);
  AppendTensors(kSecondMoment, contents.state.second_moments, &moments);
  RETURN_IF_ERROR(WriteSafetensors((dir / kOptimizer).string(), moments, {}, {}));
  if (!contents.state.trained.empty()) {
    RETURN_IF_ERROR(
        WriteSafetensors((dir / kTrained).string(), Tensors(contents.state.trained), {}, {}));
  }
  if (!contents.state.extras.empty()) {
    RETURN_IF_ERROR(
        WriteSafetensors((dir / kExtras).string(), Tensors(contents.state.extras), {}, {}));
  }
  RETURN_IF_ERROR(WriteDescription(dir, contents));
  for (const char* folder : {"generator", "discriminator", "."}) {
    RETURN_IF_ERROR(SyncDirectory((dir / folder).string()));
  }
  return absl::OkStatus();
}

int64_t FolderSize(const fs::path& dir) {
  int64_t size = 0;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(dir, error)) {
    if (entry.is_regular_file(error)) size += static_cast<int64_t>(entry.file_size(error));
  }
  return size;
}

absl::StatusOr<std::vector<std::pair<std::string, NamedArray>>> ReadArrays(const fs::path& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<SafetensorsFile> file,
                   SafetensorsFile::Open(path.string()));
  std::vector<std::pair<std::string, NamedArray>> arrays;
  for (const auto& [name, view] : file->tensors()) {
    NamedArray array{.name = name, .shape = view.shape, .values = {}};
    ASSIGN_OR_RETURN(array.values, ToFloat32(view));
    arrays.emplace_back(name, std::move(array));
  }
  return arrays;
}

absl::StatusOr<std::vector<NamedArray>> ReadWeights(const fs::path& path) {
  ASSIGN_OR_RETURN(auto arrays, ReadArrays(path));
  std::vector<NamedArray> weights;
  weights.reserve(arrays.size());
  for (auto& [name, array] : arrays) weights.push_back(std::move(array));
  return weights;
}

absl::Status ReadMoments(const fs::path& path, SessionState* state) {
  ASSIGN_OR_RETURN(auto arrays, ReadArrays(path));
  for (auto& [name, array] : arrays) {
    if (name.starts_with(kFirstMoment)) {
      array.name = name.substr(kFirstMoment.size());
      state->first_moments.push_back(std::move(array));
    } else if (name.starts_with(kSecondMoment)) {
      array.name = name.substr(kSecondMoment.size());
      state->second_moments.push_back(std::move(array));
    } else {
      return DataLossError("TENSOR_NOT_A_MOMENT", "tensor {tensor} is not a moment", name);
    }
  }
  return absl::OkStatus();
}

absl::Status DescriptionLacks(const Message& fields) {
  return DataLossError("CHECKPOINT_LACKS", "{file} lacks {fields}", kDescription, fields);
}

// The description of a checkpoint whose files have the digests that it names.
absl::StatusOr<Json> ReadDescription(const fs::path& dir) {
  ASSIGN_OR_RETURN(const ModelDirectory directory, ModelDirectory::Open(dir.string()));
  ASSIGN_OR_RETURN(const std::string text, directory.Read(kDescription, kMaxDescriptionBytes));
  ASSIGN_OR_RETURN(const Json description, ParseJson(text, kDescription, {}));
  if (!description.is_object() || description.value("format", 0) != 1) {
    return DataLossError("CHECKPOINT_FORMAT", "{file} is not of format 1", kDescription);
  }
  const auto digests = description.find("sha256");
  if (digests == description.end() || !digests->is_object()) {
    return DescriptionLacks(Message::Uncoded("sha256"));
  }
  for (const char* file : {kGenerator, kDiscriminator, kOptimizer, kTrained, kExtras}) {
    const bool is_optional = file == kTrained || file == kExtras;
    if (is_optional && !digests->contains(file)) continue;
    ASSIGN_OR_RETURN(const std::string digest, FileSha256Hex(dir / file));
    if (digests->value(file, std::string()) != digest) {
      return DataLossError("CHECKPOINT_FILE_DIFFERS",
                           "{file} is not what was written (SHA-256 differs)", file);
    }
  }
  return description;
}

// Nothing where training had no scale, an older version wrote it, or the numbers are not possible
// ones: then the scale is found anew.
std::optional<LossScaleState> LossScaleFrom(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const Json factor = json.value("factor", Json());
  const std::optional<int64_t> good_steps = JsonInteger(json.value("good_steps", Json()));
  if (!factor.is_number() || !good_steps) return std::nullopt;
  const auto value = factor.get<float>();
  constexpr int64_t kMost = std::numeric_limits<int>::max();
  if (!std::isfinite(value) || value <= 0 || *good_steps < 0 || *good_steps > kMost) {
    return std::nullopt;
  }
  return LossScaleState{.factor = value, .good_steps = static_cast<int>(*good_steps)};
}

absl::StatusOr<LoadedCheckpoint> LoadCheckpoint(const fs::path& dir) {
  ASSIGN_OR_RETURN(const Json description, ReadDescription(dir));
  LoadedCheckpoint loaded{.path = dir, .state = {}, .tokens_seen = 0, .run_seconds = 0, .best = {}};
  loaded.state.step = JsonInteger(description.value("step", Json())).value_or(-1);
  loaded.tokens_seen = JsonInteger(description.value("tokens_seen", Json())).value_or(-1);
  if (loaded.state.step < 0 || loaded.tokens_seen < 0) {
    return DescriptionLacks(Message("STEP_OR_TOKENS", "step or tokens_seen"));
  }
  // Older versions did not count the time.
  const Json run_seconds = description.value("run_seconds", Json(0));
  if (run_seconds.is_number()) loaded.run_seconds = std::max(0.0, run_seconds.get<double>());
  loaded.state.skipped_steps =
      JsonInteger(description.value("skipped_steps", Json(0))).value_or(-1);
  if (loaded.state.skipped_steps < 0 || loaded.state.skipped_steps > loaded.state.step ||
      !FromJson(description.value("best", Json()), &loaded.best)) {
    return Within(kDescription,
                  DataLossError("CHECKPOINT_PROGRESS_DAMAGED", "skipped_steps or best is damaged"));
  }
  loaded.state.loss_scale = LossScaleFrom(description.value("loss_scale", Json()));
  ASSIGN_OR_RETURN(loaded.state.generator, ReadWeights(dir / kGenerator));
  ASSIGN_OR_RETURN(loaded.state.discriminator, ReadWeights(dir / kDiscriminator));
  RETURN_IF_ERROR(ReadMoments(dir / kOptimizer, &loaded.state));
  if (description["sha256"].contains(kTrained)) {
    ASSIGN_OR_RETURN(loaded.state.trained, ReadWeights(dir / kTrained));
  }
  if (description["sha256"].contains(kExtras)) {
    ASSIGN_OR_RETURN(loaded.state.extras, ReadWeights(dir / kExtras));
  }
  return loaded;
}

}  // namespace

absl::StatusOr<CheckpointReport> WriteCheckpoint(const fs::path& checkpoints_dir,
                                                 const CheckpointContents& contents) {
  const fs::path final_dir = CheckpointDir(checkpoints_dir, contents.state.step);
  ASSIGN_OR_RETURN(const fs::path unfinished, MakeUnfinishedCheckpoint(final_dir));
  absl::Status written = WriteFiles(unfinished, contents);
  if (written.ok()) written = PublishCheckpoint(unfinished, final_dir);
  if (!written.ok()) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
    return written;
  }
  return CheckpointReport{
      .step = contents.state.step, .path = final_dir, .size_bytes = FolderSize(final_dir)};
}

absl::StatusOr<std::optional<LoadedCheckpoint>> LoadNewestCheckpoint(
    const fs::path& checkpoints_dir, std::vector<Message>* warnings) {
  const std::vector<fs::path> checkpoints = ListCheckpoints(checkpoints_dir);
  for (auto newest = checkpoints.rbegin(); newest != checkpoints.rend(); ++newest) {
    absl::StatusOr<LoadedCheckpoint> loaded = LoadCheckpoint(*newest);
    if (loaded.ok()) return *std::move(loaded);
    if (absl::IsResourceExhausted(loaded.status())) return loaded.status();
    warnings->push_back(Message("CHECKPOINT_DAMAGED", "checkpoint {checkpoint} is damaged: {cause}",
                                newest->string(), loaded.status()));
  }
  return std::nullopt;
}

absl::Status VerifyCheckpoint(const fs::path& checkpoint) {
  return ReadDescription(checkpoint).status();
}

}  // namespace electra
