#include "core/loop/job_vocabulary.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "core/base/file.h"
#include "core/base/file_error.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/loop/corpus_pass.h"
#include "core/text/vocabulary_extender.h"
#include "core/text/vocabulary_trainer.h"

namespace electra {
namespace {

namespace fs = std::filesystem;

// Far above the largest published vocabulary; a bound for what is read into memory.
constexpr std::uintmax_t kMaxVocabularyBytes = std::uintmax_t{256} << 20;

absl::StatusOr<std::string> ReadSmallFile(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) {
    return Error(absl::StatusCode::kNotFound,
                 MessageOf(NotReadError(error.value(), path.string())));
  }
  if (size > kMaxVocabularyBytes) {
    return InvalidArgumentError("VOCABULARY_FILE_TOO_LARGE",
                                "{file} has {size} bytes: at most {limit} are read", path.string(),
                                size, kMaxVocabularyBytes);
  }
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) {
    return DataLossError("VOCABULARY_NOT_READ", "{file} cannot be read", path.string());
  }
  return text;
}

// Hands all samples that are trained on to `words`, a VocabularyTrainer or a VocabularyExtender.
template <typename Words>
absl::Status ReadWords(const TrainingTask& task, TrainingObserver& observer, const StopSignal& stop,
                       Words* words) {
  words->set_cancelled([&stop] { return stop.requested(); });
  ASSIGN_OR_RETURN(const OpenCorpora corpora, OpenCorpora::Open(TrainedOn(task)));
  ProgressReporter progress(PreparationProgress::Phase::kVocabulary, corpora.size_bytes(),
                            observer);
  std::unordered_set<size_t> seen;  // hashes of samples
  int64_t samples = 0;              // of the corpora that are done
  int64_t bytes = 0;
  for (CorpusReader* const reader : corpora.readers()) {
    for (std::string sample;;) {
      ASSIGN_OR_RETURN(const bool more, reader->Next(&sample));
      if (!more) break;
      if (stop.requested()) {
        return CancelledError("STOPPED_WHILE_TRAINING_VOCABULARY",
                              "stopped while training the vocabulary");
      }
      const bool is_copy =
          task.hyperparameters.deduplicate && !seen.insert(std::hash<std::string>()(sample)).second;
      if (!is_copy) words->Add(sample);
      progress.Update(samples + reader->counts().samples, bytes + reader->bytes_read());
    }
    samples += reader->counts().samples;
    bytes += reader->bytes_read();
  }
  return absl::OkStatus();
}

absl::StatusOr<Vocabulary> TrainVocabulary(const TrainingTask& task,
                                           const TokenizerOptions& tokenizer,
                                           TrainingObserver& observer, const StopSignal& stop) {
  const Hyperparameters& hyperparameters = task.hyperparameters;
  VocabularyTrainer trainer({.vocab_size = static_cast<int32_t>(hyperparameters.vocab_size),
                             .min_frequency = hyperparameters.min_frequency},
                            tokenizer);
  RETURN_IF_ERROR(ReadWords(task, observer, stop, &trainer));
  const int64_t distinct_words = trainer.distinct_words();
  ASSIGN_OR_RETURN(Vocabulary vocabulary, trainer.Train());
  observer.OnMessage(Severity::kInfo,
                     Message("VOCABULARY_TRAINED",
                             "trained a vocabulary of {tokens} tokens from {words} distinct words",
                             vocabulary.size(), distinct_words));
  return vocabulary;
}

absl::StatusOr<Vocabulary> ExtendVocabulary(const TrainingTask& task, const Vocabulary& vocabulary,
                                            const TokenizerOptions& tokenizer,
                                            TrainingObserver& observer, const StopSignal& stop) {
  const Hyperparameters& hyperparameters = task.hyperparameters;
  VocabularyExtender extender(
      vocabulary, tokenizer,
      {.count = hyperparameters.vocab_extend, .min_frequency = hyperparameters.min_frequency});
  RETURN_IF_ERROR(ReadWords(task, observer, stop, &extender));
  ASSIGN_OR_RETURN(VocabularyExtension extension, extender.Extend());
  observer.OnMessage(
      Severity::kInfo,
      Message("VOCABULARY_EXTENDED",
              "the vocabulary got {added} of the {wanted} tokens of vocab_extend, and has {size}: "
              "it cuts the corpus into {after} tokens instead of {before}",
              extension.added, hyperparameters.vocab_extend, extension.vocabulary.size(),
              extension.tokens_after, extension.tokens_before));
  return std::move(extension.vocabulary);
}

// The model's, else the one that the job was given, else none.
absl::StatusOr<std::optional<Vocabulary>> ReadVocabulary(const TrainingTask& task,
                                                         const TokenizerFiles* pretrained) {
  if (pretrained != nullptr) return Vocabulary::Parse(pretrained->vocabulary.ToText(), "vocab.txt");
  if (task.vocabulary_path.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(task.vocabulary_path));
  return Vocabulary::Parse(text, "vocab.txt");
}

absl::Status KeepVocabulary(const TrainingTask& task, const Vocabulary& vocabulary) {
  const fs::path kept = task.job_dir / "vocab.txt";
  const fs::path unfinished = kept.string() + ".unfinished";
  RETURN_IF_ERROR(WriteTextFile(unfinished.string(), vocabulary.ToText()));
  std::error_code error;
  fs::rename(unfinished, kept, error);
  if (error) return NotRenamedError(error.value(), kept.string());
  return SyncDirectory(task.job_dir.string());
}

}  // namespace

absl::StatusOr<JobVocabulary> GetVocabulary(const TrainingTask& task,
                                            const TokenizerFiles* pretrained,
                                            const TokenizerOptions& tokenizer,
                                            TrainingObserver& observer, const StopSignal& stop) {
  const bool is_extended = task.hyperparameters.vocab_extend > 0;
  const fs::path kept = task.job_dir / "vocab.txt";
  if (fs::exists(kept)) {
    ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(kept));
    ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Parse(text, "vocab.txt"));
    int32_t model_tokens = vocabulary.size();
    if (is_extended) {
      ASSIGN_OR_RETURN(const std::optional<Vocabulary> given, ReadVocabulary(task, pretrained));
      if (given) model_tokens = given->size();
    }
    return JobVocabulary{std::move(vocabulary), model_tokens};
  }
  ASSIGN_OR_RETURN(std::optional<Vocabulary> vocabulary, ReadVocabulary(task, pretrained));
  if (!vocabulary) {
    ASSIGN_OR_RETURN(vocabulary, TrainVocabulary(task, tokenizer, observer, stop));
  } else if (pretrained == nullptr) {
    for (const Message& warning : vocabulary->warnings()) {
      observer.OnMessage(Severity::kWarning, warning);
    }
  }
  const int32_t model_tokens = vocabulary->size();
  if (is_extended) {
    ASSIGN_OR_RETURN(vocabulary, ExtendVocabulary(task, *vocabulary, tokenizer, observer, stop));
  }
  RETURN_IF_ERROR(KeepVocabulary(task, *vocabulary));
  return JobVocabulary{*std::move(vocabulary), model_tokens};
}

}  // namespace electra
