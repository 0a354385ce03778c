#include "core/loop/prepare.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <numeric>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_join.h"
#include "core/base/message.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/loop/checkpoint_folders.h"
#include "core/loop/corpus_pass.h"
#include "core/loop/job_vocabulary.h"
#include "core/loop/text_advice.h"
#include "core/text/corpus_reader.h"
#include "core/text/text_survey.h"
#include "core/text/token_cache_build.h"
#include "core/text/vocabulary.h"

namespace electra {
namespace {

namespace fs = std::filesystem;

TokenizerOptions TokenizerOptionsOf(const Hyperparameters& hyperparameters) {
  return {.do_lower_case = hyperparameters.do_lower_case,
          .strip_accents = hyperparameters.strip_accents,
          .tokenize_chinese_chars = hyperparameters.tokenize_chinese_chars};
}

absl::StatusOr<std::unique_ptr<TokenCache>> GetTokenCache(const TrainingTask& task,
                                                          const std::vector<CorpusSource>& sources,
                                                          const Tokenizer& tokenizer,
                                                          TrainingObserver& observer,
                                                          const StopSignal& stop) {
  const TokenCacheOptions options{
      .max_length = task.hyperparameters.max_length,
      .long_samples = task.hyperparameters.truncate ? LongSamples::kTruncate : LongSamples::kSplit};
  std::vector<std::string> keys;
  for (const CorpusSource& source : sources) {
    keys.push_back(TokenCacheKey(source.sha256, source.reading, tokenizer.vocabulary(),
                                 tokenizer.options(), options));
  }
  const fs::path dir = task.token_cache_dir /
                       (keys.size() == 1 ? keys.front() : Sha256Hex(absl::StrJoin(keys, " ")));
  if (fs::exists(dir)) {
    absl::StatusOr<std::unique_ptr<TokenCache>> cache = TokenCache::Open(dir);
    if (cache.ok()) return cache;
    observer.OnMessage(
        Severity::kWarning,
        Message("ID_CACHE_BUILT_AGAIN", "the id cache is built again: {cause}", cache.status()));
    std::error_code error;
    fs::remove_all(dir, error);
  }
  ASSIGN_OR_RETURN(const OpenCorpora corpora, OpenCorpora::Open(sources));
  ProgressReporter progress(PreparationProgress::Phase::kTokenization, corpora.size_bytes(),
                            observer);
  const absl::StatusOr<TokenCacheCounts> built = BuildTokenCache(
      corpora.readers(), tokenizer, options, dir, [&](int64_t samples, int64_t read_bytes) {
        progress.Update(samples, read_bytes);
        return !stop.requested();
      });
  // Another job with the same text may have been first; its cache is ours.
  if (!built.ok() && !absl::IsAlreadyExists(built.status())) return built.status();
  return TokenCache::Open(dir);
}

// Surveys samples that are spread over the whole corpus.
void SurveyText(const Tokenizer& tokenizer, const TokenCache& cache, CorpusFormat format,
                TextSurvey* survey) {
  const std::string_view last = cache.SampleText(cache.counts().samples - 1);
  const auto size = static_cast<uint64_t>(last.data() + last.size() - cache.SampleText(0).data());
  const uint64_t stride = 1 + size / kSurveyedText;
  survey->is_excerpt = stride > 1;
  for (uint64_t sample = 0; sample < cache.counts().samples; sample += stride) {
    const std::string_view text = cache.SampleText(sample);
    if (survey->unknown_tokens > 0) survey->unknown.Add(tokenizer, text);
    if (HasHangulLetters(tokenizer, text)) ++survey->samples_in_letters;
    if (format != CorpusFormat::kText) continue;
    ++survey->lines;
    survey->lone_returns += std::count(text.begin(), text.end(), '\r');
  }
}

TextSurvey SurveyOf(const TrainingTask& task, const PreparedCorpus& corpus,
                    const std::vector<uint64_t>& originals) {
  CorpusFormat format = task.corpus.format;
  for (const CorpusSource& source : task.more_corpora) {
    if (source.reading.format != CorpusFormat::kText) format = source.reading.format;
  }
  const TokenCacheCounts& counts = corpus.cache->counts();
  TextSurvey survey{.samples = static_cast<int64_t>(counts.samples),
                    .empty_samples = static_cast<int64_t>(counts.empty_samples),
                    .copies = CountCopies(originals),
                    .leaves_out_copies = task.hyperparameters.deduplicate,
                    .tokens = static_cast<int64_t>(counts.tokens),
                    .unknown_tokens = static_cast<int64_t>(counts.unknown_tokens),
                    .max_word_characters = corpus.tokenizer->options().max_word_characters};
  SurveyText(*corpus.tokenizer, *corpus.cache, format, &survey);
  return survey;
}

// A resumed job has passed this check before.
absl::Status JudgeText(const TrainingTask& task, const PreparedCorpus& corpus,
                       const std::vector<uint64_t>& originals, TrainingObserver& observer) {
  if (!CheckpointSteps(CheckpointsDir(task.job_dir)).empty()) return absl::OkStatus();
  const TextSurvey survey = SurveyOf(task, corpus, originals);
  for (const TextNote& note : TextAdvice(survey)) {
    observer.OnMessage(note.severity, note.message);
  }
  if (task.hyperparameters.allow_unknown) return absl::OkStatus();
  return CheckTextIsKnown(survey);
}

// The training sequences of each corpus, where they are to be read in shares.
absl::Status PrepareMix(const TrainingTask& task, PreparedCorpus* prepared) {
  if (task.mix.empty()) return absl::OkStatus();
  const std::span<const uint64_t> ends = prepared->cache->part_ends();
  std::vector<MixedOrder::Part> parts(ends.size());
  size_t part = 0;
  for (const uint64_t sequence : prepared->split.train) {
    while (prepared->cache->sequence_samples()[sequence] >= ends[part]) ++part;
    parts[part].train.push_back(sequence);
  }
  const std::vector<CorpusSource> sources = TrainedOn(task);
  for (size_t i = 0; i < parts.size(); ++i) {
    parts[i].share = task.mix[i];
    if (parts[i].train.empty()) {
      return InvalidArgumentError("NOTHING_TO_MIX",
                                  "corpus {corpus} has no text to train on: leave it out",
                                  sources[i].reading.display_name);
    }
  }
  prepared->mixed.emplace(prepared->sequences(), std::move(parts),
                          static_cast<uint64_t>(task.hyperparameters.seed));
  return absl::OkStatus();
}

size_t HashOf(std::span<const int32_t> tokens) {
  return std::hash<std::string_view>()(
      {reinterpret_cast<const char*>(tokens.data()), tokens.size_bytes()});
}

// Spread over the whole of a corpus, the same for all jobs of a seed.
std::vector<uint64_t> ChooseEvaluated(uint64_t available, const Hyperparameters& hyperparameters) {
  std::vector<uint64_t> chosen(available);
  std::iota(chosen.begin(), chosen.end(), uint64_t{0});
  const auto most = static_cast<uint64_t>(hyperparameters.max_eval_samples);
  if (available <= most) return chosen;
  chosen = EpochOrder(chosen, static_cast<uint64_t>(hyperparameters.seed), 0);
  chosen.resize(most);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

// Losses on text that is trained on say little.
void WarnOfTrainedText(const PreparedCorpus& prepared, TrainingObserver& observer) {
  const TokenSequences trained = prepared.sequences();
  std::unordered_set<size_t> hashes;
  for (const uint64_t sequence : prepared.split.train) hashes.insert(HashOf(trained[sequence]));
  for (const PreparedEvalCorpus& corpus : prepared.eval_corpora) {
    const auto count = std::count_if(
        corpus.sequences.begin(), corpus.sequences.end(),
        [&](uint64_t sequence) { return hashes.contains(HashOf(corpus.all()[sequence])); });
    if (count == 0) continue;
    observer.OnMessage(
        Severity::kWarning,
        Message("EVALUATED_TEXT_IS_TRAINED_ON",
                "{count} of {sequences} evaluated sequences of {corpus} are trained on too: losses "
                "on them say little",
                count, corpus.sequences.size(), corpus.name));
  }
}

absl::Status PrepareEvalCorpora(const TrainingTask& task, TrainingObserver& observer,
                                const StopSignal& stop, PreparedCorpus* prepared) {
  for (const EvalCorpus& corpus : task.eval_corpora) {
    PreparedEvalCorpus& added = prepared->eval_corpora.emplace_back();
    added.name = corpus.name;
    ASSIGN_OR_RETURN(added.cache,
                     GetTokenCache(task, {corpus.source}, *prepared->tokenizer, observer, stop));
    added.sequences = ChooseEvaluated(added.all().size(), task.hyperparameters);
  }
  const bool begins = CheckpointSteps(CheckpointsDir(task.job_dir)).empty();
  if (begins && !task.eval_corpora.empty()) WarnOfTrainedText(*prepared, observer);
  return absl::OkStatus();
}

absl::Status CheckBatchFits(const Hyperparameters& hyperparameters,
                            const PreparedCorpus& prepared) {
  const int64_t available = prepared.sequences_per_epoch();
  const int64_t wanted = hyperparameters.batch_size * hyperparameters.gradient_accumulation_steps;
  if (wanted <= available) return absl::OkStatus();
  return InvalidArgumentError(
      "BATCH_LARGER_THAN_CORPUS",
      "batch_size x gradient_accumulation_steps is {batch}, but the corpus has only {sequences} "
      "sequences to train on ({held_out} are held out): use a batch_size of at most {sequences}, "
      "or a larger corpus",
      wanted, available, prepared.split.validation.size());
}

}  // namespace

std::vector<uint8_t> FindContinuations(const Vocabulary& vocabulary) {
  std::vector<uint8_t> continues(static_cast<size_t>(vocabulary.size()));
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string& token = vocabulary.Token(id);
    continues[static_cast<size_t>(id)] =
        token.size() > kContinuation.size() && token.starts_with(kContinuation);
  }
  return continues;
}

SpecialTokenIds SpecialIds(const Vocabulary& vocabulary) {
  const SpecialTokens& special = vocabulary.special();
  return {.pad = special.pad,
          .unk = special.unk,
          .cls = special.cls,
          .sep = special.sep,
          .mask = special.mask};
}

MaskingOptions TrainingMasking(const Hyperparameters& hyperparameters, const PreparedCorpus& corpus,
                               int64_t epoch) {
  return {.mlm_probability = hyperparameters.mlm_probability,
          .replace_prob = hyperparameters.replace_prob,
          .seed = static_cast<uint64_t>(hyperparameters.seed),
          .epoch = static_cast<uint64_t>(epoch),
          .unit = hyperparameters.mask_unit,
          .span_geometric_p = hyperparameters.span_geometric_p,
          .max_span_length = hyperparameters.max_span_length,
          .continues_word = corpus.continues_word,
          .random_token_prob = hyperparameters.random_token_prob,
          .vocab_size = corpus.tokenizer->vocabulary().size()};
}

SpecialTokenIds PreparedCorpus::special() const { return SpecialIds(tokenizer->vocabulary()); }

absl::StatusOr<PreparedCorpus> PrepareCorpus(const TrainingTask& task,
                                             const TokenizerFiles* pretrained,
                                             TrainingObserver& observer, const StopSignal& stop) {
  const Hyperparameters& hyperparameters = task.hyperparameters;
  PreparedCorpus prepared;
  const TokenizerOptions options =
      pretrained != nullptr ? pretrained->options : TokenizerOptionsOf(hyperparameters);
  ASSIGN_OR_RETURN(JobVocabulary vocabulary,
                   GetVocabulary(task, pretrained, options, observer, stop));
  prepared.model_tokens = vocabulary.model_tokens;
  prepared.tokenizer = std::make_unique<const Tokenizer>(
      std::make_shared<const Vocabulary>(std::move(vocabulary.vocabulary)), options);
  ASSIGN_OR_RETURN(prepared.cache,
                   GetTokenCache(task, TrainedOn(task), *prepared.tokenizer, observer, stop));
  const std::vector<uint64_t> originals =
      FindOriginals(prepared.sequences(), prepared.cache->sequence_samples());
  RETURN_IF_ERROR(JudgeText(task, prepared, originals, observer));
  prepared.split = SplitSequences(
      prepared.cache->sequence_samples(), originals, hyperparameters.validation_split_percentage,
      static_cast<uint64_t>(hyperparameters.seed), prepared.cache->part_ends().front());
  if (hyperparameters.deduplicate) {
    LeaveOutCopies(prepared.cache->sequence_samples(), originals, &prepared.split.train);
  }
  RETURN_IF_ERROR(PrepareMix(task, &prepared));
  RETURN_IF_ERROR(PrepareEvalCorpora(task, observer, stop, &prepared));
  prepared.continues_word = FindContinuations(prepared.tokenizer->vocabulary());
  RETURN_IF_ERROR(CheckBatchFits(hyperparameters, prepared));
  return prepared;
}

}  // namespace electra
