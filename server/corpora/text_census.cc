#include "server/corpora/text_census.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/batch/batch.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"
#include "core/text/vocabulary_extender.h"
#include "core/text/vocabulary_trainer.h"

namespace electra::server {
namespace {

// Samples from the beginning of a corpus, and their share of it.
struct Excerpt {
  std::vector<std::string> samples;
  int64_t text_bytes = 0;
  int64_t read_bytes = 0;
  int64_t blank_samples = 0;
  bool is_whole = false;
};

// A corpus of which only the beginning is there ends in the middle of a line, a quote or a packed
// block. That is not an error; a fault before the last bytes is.
absl::StatusOr<Excerpt> ReadExcerpt(const TextSource& source) {
  ASSIGN_OR_RETURN(const std::unique_ptr<CorpusReader> reader,
                   CorpusReader::Open(source.path, source.reading));
  const bool is_cut = reader->file_size() < source.size_bytes;
  Excerpt excerpt;
  std::string sample;
  while (excerpt.text_bytes < kCensusText) {
    const absl::StatusOr<bool> more = reader->Next(&sample);
    if (!more.ok()) {
      const bool at_the_end = reader->bytes_read() == reader->file_size();
      if (is_cut && at_the_end && !excerpt.samples.empty()) break;
      return more.status();
    }
    if (!*more) {
      excerpt.is_whole = !is_cut;
      break;
    }
    excerpt.text_bytes += static_cast<int64_t>(sample.size());
    excerpt.samples.push_back(sample);
  }
  excerpt.blank_samples = reader->counts().blank_samples;
  excerpt.read_bytes = excerpt.is_whole ? source.size_bytes : reader->bytes_read();
  return excerpt;
}

TokenizerOptions OptionsOf(const Hyperparameters& hyperparameters) {
  return {.do_lower_case = hyperparameters.do_lower_case,
          .strip_accents = hyperparameters.strip_accents,
          .tokenize_chinese_chars = hyperparameters.tokenize_chinese_chars};
}

absl::StatusOr<Vocabulary> TrainVocabulary(const Excerpt& excerpt,
                                           const Hyperparameters& hyperparameters) {
  VocabularyTrainer trainer({.vocab_size = static_cast<int32_t>(hyperparameters.vocab_size),
                             .min_frequency = hyperparameters.min_frequency},
                            OptionsOf(hyperparameters));
  std::unordered_set<std::string_view> seen;
  for (const std::string& sample : excerpt.samples) {
    if (!hyperparameters.deduplicate || seen.insert(sample).second) trainer.Add(sample);
  }
  return trainer.Train();
}

absl::StatusOr<Vocabulary> FindVocabulary(const Excerpt& excerpt,
                                          const Hyperparameters& hyperparameters,
                                          const TokenizerFiles* pretrained,
                                          const std::string& vocabulary) {
  if (pretrained == nullptr && vocabulary.empty()) return TrainVocabulary(excerpt, hyperparameters);
  ASSIGN_OR_RETURN(
      Vocabulary given,
      Vocabulary::Parse(pretrained != nullptr ? pretrained->vocabulary.ToText() : vocabulary,
                        "vocab.txt"));
  if (hyperparameters.vocab_extend == 0) return given;
  VocabularyExtender extender(
      given, pretrained != nullptr ? pretrained->options : OptionsOf(hyperparameters),
      {.count = hyperparameters.vocab_extend, .min_frequency = hyperparameters.min_frequency});
  for (const std::string& sample : excerpt.samples) extender.Add(sample);
  ASSIGN_OR_RETURN(VocabularyExtension extension, extender.Extend());
  return std::move(extension.vocabulary);
}

// Also counts odd lines, if samples are lines.
void AddToSurvey(const std::string& sample, const Tokenizer& tokenizer, CorpusFormat format,
                 TextSurvey* survey) {
  ++survey->samples;
  if (HasHangulLetters(tokenizer, sample)) ++survey->samples_in_letters;
  if (format != CorpusFormat::kText) return;
  ++survey->lines;
  survey->lone_returns += std::count(sample.begin(), sample.end(), '\r');
}

int64_t Scaled(int64_t count, double factor) {
  return static_cast<int64_t>(std::llround(static_cast<double>(count) * factor));
}

// By the text where all of it was counted once, else by the bytes.
void ScaleUp(const TextSource& source, const Excerpt& excerpt, TextCensus* census) {
  const double factor = source.text_bytes > 0
                            ? static_cast<double>(source.text_bytes) /
                                  static_cast<double>(std::max<int64_t>(excerpt.text_bytes, 1))
                            : static_cast<double>(source.size_bytes) /
                                  static_cast<double>(std::max<int64_t>(excerpt.read_bytes, 1));
  for (int64_t* count :
       {&census->samples, &census->sequences, &census->tokens, &census->unknown_tokens,
        &census->train_sequences, &census->validation_sequences}) {
    *count = Scaled(*count, std::max(factor, 1.0));
  }
  if (source.sample_count > 0) census->samples = source.sample_count;
}

}  // namespace

absl::StatusOr<TextCensus> TakeCensus(const TextSource& source,
                                      const Hyperparameters& hyperparameters,
                                      const TokenizerFiles* pretrained,
                                      const std::string& vocabulary) {
  ASSIGN_OR_RETURN(const Excerpt excerpt, ReadExcerpt(source));
  ASSIGN_OR_RETURN(Vocabulary words,
                   FindVocabulary(excerpt, hyperparameters, pretrained, vocabulary));
  const Tokenizer tokenizer(
      std::make_shared<const Vocabulary>(std::move(words)),
      pretrained != nullptr ? pretrained->options : OptionsOf(hyperparameters));
  const int32_t unknown = tokenizer.vocabulary().special().unk;
  const auto window = static_cast<size_t>(hyperparameters.max_length - 2);

  TextCensus census{.vocab_size = tokenizer.vocabulary().size(), .read_bytes = excerpt.read_bytes};
  TextSurvey& survey = census.survey;
  survey.max_word_characters = tokenizer.options().max_word_characters;
  survey.is_excerpt = !excerpt.is_whole;
  survey.empty_samples = excerpt.blank_samples;
  std::vector<int32_t> ids;  // of all sequences
  std::vector<uint64_t> offsets = {0};
  std::vector<uint64_t> sequence_samples;
  for (const std::string& sample : excerpt.samples) {
    const size_t begin = ids.size();
    tokenizer.Encode(sample, &ids);
    if (ids.size() == begin) {
      ++survey.empty_samples;
      continue;
    }
    if (hyperparameters.truncate) ids.resize(std::min(ids.size(), begin + window));
    while (offsets.back() < ids.size()) {
      offsets.push_back(std::min<uint64_t>(offsets.back() + window, ids.size()));
      sequence_samples.push_back(static_cast<uint64_t>(survey.samples));
    }
    AddToSurvey(sample, tokenizer, source.reading.format, &survey);
    survey.unknown.Add(tokenizer, sample);
  }
  if (survey.samples == 0) {
    return InvalidArgumentError("CORPUS_WITHOUT_TOKENS", "the corpus has no sample with a token");
  }
  survey.tokens = static_cast<int64_t>(ids.size());
  survey.unknown_tokens = std::count(ids.begin(), ids.end(), unknown);
  const std::vector<uint64_t> originals =
      FindOriginals({.ids = ids, .offsets = offsets}, sequence_samples);
  survey.copies = CountCopies(originals);
  survey.leaves_out_copies = hyperparameters.deduplicate;
  DataSplit split =
      SplitSequences(sequence_samples, originals, hyperparameters.validation_split_percentage,
                     static_cast<uint64_t>(hyperparameters.seed));
  if (hyperparameters.deduplicate) LeaveOutCopies(sequence_samples, originals, &split.train);
  census.samples = survey.samples;
  census.sequences = static_cast<int64_t>(sequence_samples.size());
  census.tokens = survey.tokens;
  census.unknown_tokens = survey.unknown_tokens;
  census.train_sequences = static_cast<int64_t>(split.train.size());
  census.validation_sequences = static_cast<int64_t>(split.validation.size());
  if (!excerpt.is_whole) ScaleUp(source, excerpt, &census);
  return census;
}

absl::StatusOr<TextSurvey> SurveyText(const TextSource& source,
                                      const Hyperparameters& hyperparameters,
                                      const TokenizerFiles* pretrained,
                                      const std::string& vocabulary) {
  if (pretrained != nullptr || !vocabulary.empty()) {
    Hyperparameters as_it_is = hyperparameters;
    as_it_is.vocab_extend = 0;  // which does not make any word known, and takes a while
    ASSIGN_OR_RETURN(TextCensus census, TakeCensus(source, as_it_is, pretrained, vocabulary));
    return std::move(census.survey);
  }
  ASSIGN_OR_RETURN(const Excerpt excerpt, ReadExcerpt(source));
  ASSIGN_OR_RETURN(Vocabulary none, Vocabulary::Parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n", ""));
  const Tokenizer tokenizer(std::make_shared<const Vocabulary>(std::move(none)),
                            OptionsOf(hyperparameters));
  TextSurvey survey{.empty_samples = excerpt.blank_samples, .is_excerpt = !excerpt.is_whole};
  for (const std::string& sample : excerpt.samples) {
    AddToSurvey(sample, tokenizer, source.reading.format, &survey);
    survey.unknown.AddTooLong(tokenizer, sample);
  }
  return survey;
}

}  // namespace electra::server
