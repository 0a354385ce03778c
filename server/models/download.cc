#include "server/models/download.h"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/hub/pretrained_pair.h"
#include "core/hub/pretrained_save.h"
#include "server/base/errors.h"
#include "server/base/resource_names.h"
#include "server/models/card.h"
#include "server/models/source.h"
#include "server/store/corpora.h"
#include "server/store/finetunings.h"
#include "server/store/history.h"
#include "server/store/job_state.h"
#include "server/store/jobs.h"
#include "server/store/models.h"
#include "server/store/names.h"
#include "server/store/run_summaries.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = size_t{1} << 20;

absl::StatusOr<DType> ParseWeightType(v1::WeightType type) {
  switch (type) {
    case v1::WEIGHT_TYPE_UNSPECIFIED:
    case v1::FLOAT32:
      return DType::kFloat32;
    case v1::BFLOAT16:
      return DType::kBFloat16;
    case v1::FLOAT16:
      return DType::kFloat16;
    default:
      return InvalidArgumentError("UNKNOWN_WEIGHT_TYPE",
                                  "weight_type is not FLOAT32, BFLOAT16 or FLOAT16");
  }
}

std::optional<v1::Evaluation> LastEvaluationUpTo(Reader& reader, int64_t job_id, int64_t step) {
  std::optional<v1::Evaluation> last;
  for (v1::Evaluation& evaluation :
       ListEvaluations(reader, job_id, {.first = 0, .last = step, .limit = 1 << 30})) {
    last = std::move(evaluation);
  }
  return last;
}

absl::StatusOr<std::string> ModelCardOf(Database& database, const ModelSource& source) {
  if (source.model) return ImportedModelCard(*source.model);
  std::string model_card;
  RETURN_IF_ERROR(database.Read([&](Reader& reader) {
    const JobRow& job = *source.job;
    const int64_t step = source.step;
    std::optional<CorpusRow> corpus;
    if (absl::StatusOr<CorpusRow> found = GetCorpus(reader, job.corpus_id); found.ok()) {
      corpus = *std::move(found);
    }
    std::vector<CardCorpus> corpora;
    for (JobCorpusRow& row : JobCorpusReader(reader).Read(job.id)) {
      absl::StatusOr<CorpusRow> found = GetCorpus(reader, row.corpus_id);
      corpora.push_back(
          {std::move(row), found.ok() ? std::optional(*std::move(found)) : std::nullopt});
    }
    JobCard card{.job = job,
                 .corpus = corpus,
                 .corpora = corpora,
                 .step = step,
                 .before = {},
                 .after = {},
                 .best = {},
                 .metrics = {}};
    card.before = FirstEvaluation(reader, job.id);
    card.after = LastEvaluationUpTo(reader, job.id, step);
    card.best = RunSummaries(reader).Read(job.id).best_evaluation;
    for (v1::StepMetrics& metrics :
         ListSteps(reader, job.id, {.first = step, .last = step, .limit = 1})) {
      card.metrics = std::move(metrics);
    }
    model_card = JobModelCard(card);
    return absl::OkStatus();
  }));
  return model_card;
}

absl::Status WriteNetwork(const fs::path& directory, Role role, const PretrainedNetwork& network,
                          const TokenizerFiles& tokenizer, const SaveOptions& options) {
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : network.weights) tensors.push_back({name, tensor.view});
  return SavePretrained((directory / RoleName(role)).string(), role, network.config, tensors,
                        tokenizer.vocabulary, tokenizer.options, options);
}

absl::Status WriteNetworks(const fs::path& directory, const PretrainedPair& pair,
                           v1::ModelPart part, const SaveOptions& options) {
  if (!pair.tokenizer) {
    return FailedPreconditionError(
        "NO_VOCABULARY_TO_WRITE",
        "the model was imported without a vocabulary, so no tokenizer can be written: download a "
        "job that started from it");
  }
  if (part == v1::GENERATOR && !pair.generator) {
    return FailedPreconditionError("NO_GENERATOR_TO_DOWNLOAD",
                                   "the model was imported without a generator");
  }
  if (pair.generator && part != v1::DISCRIMINATOR) {
    RETURN_IF_ERROR(
        WriteNetwork(directory, Role::kGenerator, *pair.generator, *pair.tokenizer, options));
  }
  if (part == v1::GENERATOR) return absl::OkStatus();
  return WriteNetwork(directory, Role::kDiscriminator, pair.discriminator, *pair.tokenizer,
                      options);
}

// The folder of a fine-tuning's best model.
absl::StatusOr<fs::path> FindFinetuned(Database& database, const DataDir& data_dir,
                                       const v1::DownloadModelRequest& request) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(request.name(), "finetunings"));
  ASSIGN_OR_RETURN(const FinetuningRow row, database.Read<FinetuningRow>([&](Reader& reader) {
    return FindFinetuning(reader, name);
  }));
  const std::optional<int64_t> seed = BestSeed(row);
  if (!IsTerminal(row.state) || !seed) {
    return FailedPreconditionError(
        "FINETUNING_WITHOUT_MODEL",
        "fine-tuning {finetuning} is {state} and has no model to download", row.name,
        JobStateWord(row.state));
  }
  if (request.step() != 0 || request.part() == v1::GENERATOR ||
      (request.weight_type() != v1::WEIGHT_TYPE_UNSPECIFIED &&
       request.weight_type() != v1::FLOAT32)) {
    return InvalidArgumentError("FINETUNED_AS_IT_IS",
                                "a fine-tuned model is one network in float32: leave step, part "
                                "and weight_type out");
  }
  return data_dir.finetuning(row.job_name, row.name) / SeedFolder(*seed);
}

// As links, so that the files stay when the job is deleted.
absl::Status LinkFiles(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directory(to, error);
  if (error) return FileError(to, error);
  fs::directory_iterator entries(from, error);
  if (error) return FileError(from, error);
  for (const auto& entry : entries) {
    fs::create_hard_link(entry.path(), to / entry.path().filename(), error);
    if (error) return FileError(entry.path(), error);
  }
  return absl::OkStatus();
}

std::string_view BytesOf(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<ModelDownload>> ModelDownload::Prepare(
    Database& database, const DataDir& data_dir, const v1::DownloadModelRequest& request) {
  if (!v1::ModelPart_IsValid(request.part())) {
    return InvalidArgumentError("UNKNOWN_MODEL_PART", "part is not GENERATOR or DISCRIMINATOR");
  }
  ASSIGN_OR_RETURN(const DType dtype, ParseWeightType(request.weight_type()));
  std::unique_ptr<ModelDownload> download(
      new ModelDownload(data_dir.uploads() / absl::StrCat(MakeName(), ".download")));
  if (request.name().starts_with("finetunings/")) {
    ASSIGN_OR_RETURN(const fs::path finetuned, FindFinetuned(database, data_dir, request));
    RETURN_IF_ERROR(download->MakeFolder());
    RETURN_IF_ERROR(LinkFiles(finetuned, download->path_ / RoleName(Role::kDiscriminator)));
    RETURN_IF_ERROR(download->ListFiles());
    return download;
  }
  ASSIGN_OR_RETURN(const ModelSource source,
                   FindModelSource(database, data_dir, request.name(), request.step()));
  ASSIGN_OR_RETURN(const std::string model_card, ModelCardOf(database, source));
  ASSIGN_OR_RETURN(const PretrainedPair pair, LoadPretrainedPair(source.folder.string()));
  RETURN_IF_ERROR(download->MakeFolder());
  RETURN_IF_ERROR(WriteNetworks(download->path_, pair, request.part(),
                                {.dtype = dtype, .model_card = model_card}));
  RETURN_IF_ERROR(download->ListFiles());
  return download;
}

absl::Status ModelDownload::MakeFolder() const {
  std::error_code error;
  fs::create_directory(path_, error);
  return error ? FileError(path_, error) : absl::OkStatus();
}

ModelDownload::~ModelDownload() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

absl::Status ModelDownload::ListFiles() {
  for (const auto& [part, folder] :
       {std::pair{v1::GENERATOR, RoleName(Role::kGenerator)},
        std::pair{v1::DISCRIMINATOR, RoleName(Role::kDiscriminator)}}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(path_ / folder, error)) {
      files_.push_back({.part = part, .path = entry.path()});
    }
  }
  std::sort(files_.begin(), files_.end(),
            [](const File& a, const File& b) { return a.path > b.path; });
  return absl::OkStatus();
}

absl::StatusOr<bool> ModelDownload::Next(v1::DownloadModelResponse* response) {
  if (current_ == nullptr || offset_ == current_->bytes().size()) {
    if (files_.empty()) return false;
    const File file = std::move(files_.back());
    files_.pop_back();
    ASSIGN_OR_RETURN(current_, MappedFile::Open(file.path.string()));
    offset_ = 0;
    v1::ModelFile* begun = response->mutable_file();
    begun->set_part(file.part);
    begun->set_file_name(file.path.filename().string());
    begun->set_size_bytes(static_cast<int64_t>(current_->bytes().size()));
    begun->set_sha256(Sha256Hex(BytesOf(*current_)));
    return true;
  }
  const std::string_view bytes = BytesOf(*current_).substr(offset_, kChunk);
  v1::FileChunk* chunk = response->mutable_chunk();
  chunk->set_offset(static_cast<int64_t>(offset_));
  chunk->set_data(bytes.data(), bytes.size());
  offset_ += bytes.size();
  return true;
}

}  // namespace electra::server
