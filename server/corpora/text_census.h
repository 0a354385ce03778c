// Counts what a job will see of a text, from its beginning: samples, sequences, tokens.
//
// Free functions without state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/hub/tokenizer_files.h"
#include "core/settings/hyperparameters.h"
#include "core/text/corpus_reader.h"
#include "core/text/text_survey.h"

namespace electra::server {

struct TextSource {
  std::filesystem::path path;
  CorpusOptions reading;
  int64_t size_bytes = 0;  // of the whole corpus; the file may hold only its beginning
  // Samples and text bytes of the whole corpus, where they were counted before; else 0.
  int64_t sample_count = 0;
  int64_t text_bytes = 0;
};

// Numbers for the whole corpus: counted, or scaled up from the text that was read.
struct TextCensus {
  int64_t samples = 0;
  int64_t sequences = 0;
  int64_t tokens = 0;  // without [CLS] and [SEP]
  int64_t unknown_tokens = 0;
  int64_t train_sequences = 0;
  int64_t validation_sequences = 0;
  int64_t vocab_size = 0;
  int64_t read_bytes = 0;  // of size_bytes
  TextSurvey survey;       // of the text that was read
};

// Reads at most kCensusText bytes of text. The vocabulary is `pretrained`'s, else `vocabulary` (a
// vocab.txt), else one that is trained on this text. InvalidArgument: the text or the vocabulary
// cannot be used.
inline constexpr int64_t kCensusText = kSurveyedText;
absl::StatusOr<TextCensus> TakeCensus(const TextSource& source,
                                      const Hyperparameters& hyperparameters,
                                      const TokenizerFiles* pretrained,
                                      const std::string& vocabulary);

// Only the survey, in less time: no vocabulary is trained; one that would be trained counts as
// knowing every word that is not too long.
absl::StatusOr<TextSurvey> SurveyText(const TextSource& source,
                                      const Hyperparameters& hyperparameters,
                                      const TokenizerFiles* pretrained,
                                      const std::string& vocabulary);

}  // namespace electra::server
