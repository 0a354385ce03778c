#include "core/text/vocabulary_trainer.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/text/word_counter.h"
#include "core/text/wordpiece_merger.h"

namespace electra {
namespace {

constexpr std::string_view kSpecialTokens[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
constexpr std::int32_t kSpecialCount = 5;

// The most frequent `limit` characters, in order of code point.
std::vector<char32_t> Alphabet(const WordCounter::Counts& counts, std::size_t limit) {
  absl::flat_hash_map<char32_t, std::int64_t> frequencies;
  for (const auto& [word, count] : counts) {
    for (const char32_t c : ToUtf32(word)) frequencies[c] += count;
  }
  std::vector<std::pair<std::int64_t, char32_t>> order;  // -frequency: equals by code point
  order.reserve(frequencies.size());
  for (const auto& [c, frequency] : frequencies) order.emplace_back(-frequency, c);
  std::sort(order.begin(), order.end());
  if (order.size() > limit) order.resize(limit);
  std::vector<char32_t> alphabet;
  alphabet.reserve(order.size());
  for (const auto& [frequency, c] : order) alphabet.push_back(c);
  std::sort(alphabet.begin(), alphabet.end());
  return alphabet;
}

absl::Status Check(const VocabularyTrainerOptions& options) {
  const auto out_of_range = [](std::string_view name, std::int64_t value, std::int64_t least,
                               std::int64_t most) {
    return InvalidArgumentError("VOCABULARY_OPTION_OUT_OF_RANGE",
                                "{option} is {value}, accepted are {least} to {most}", name, value,
                                least, most);
  };
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  // A character takes two tokens: at the start of a word and inside one.
  if (options.vocab_size < kSpecialCount + 2 || options.vocab_size > Vocabulary::kMaxTokens) {
    return out_of_range("vocab_size", options.vocab_size, kSpecialCount + 2,
                        Vocabulary::kMaxTokens);
  }
  if (options.min_frequency < 0) {
    return out_of_range("min_frequency", options.min_frequency, 0, kMax);
  }
  if (options.limit_alphabet < 1) {
    return out_of_range("limit_alphabet", options.limit_alphabet, 1, kCodePoints);
  }
  if (options.max_words < 1) return out_of_range("max_words", options.max_words, 1, kMax);
  return absl::OkStatus();
}

}  // namespace

class VocabularyTrainer::Impl {
 public:
  Impl(const VocabularyTrainerOptions& options, const TokenizerOptions& tokenizer)
      : options_(options), counter_(tokenizer, options.max_words) {}

  void Add(std::string_view sample) { counter_.Add(sample); }

  absl::StatusOr<Vocabulary> Train() {
    RETURN_IF_ERROR(Check(options_));
    if (counter_.counts().empty() && counter_.long_words() > 0) {
      return InvalidArgumentError("ONLY_LONG_WORDS",
                                  "there is no word to train a vocabulary from: all {words} are "
                                  "longer than {limit} characters, as in text without spaces",
                                  counter_.long_words(), counter_.max_characters());
    }
    if (counter_.counts().empty()) {
      return InvalidArgumentError("NO_WORDS", "there is no word to train a vocabulary from");
    }
    WordpieceMerger merger = MakeMerger();
    merger.CountPairs();
    while (merger.size() < static_cast<std::size_t>(options_.vocab_size)) {
      if (cancelled_ != nullptr && cancelled_()) {
        return CancelledError("VOCABULARY_CANCELLED", "cancelled while the vocabulary was trained");
      }
      if (!merger.Merge(std::max<std::int64_t>(options_.min_frequency, 1))) break;
    }
    return Vocabulary::FromTokens(merger.TakeTokens(), "the trained vocabulary");
  }

  void set_cancelled(std::function<bool()> cancelled) { cancelled_ = std::move(cancelled); }
  std::int64_t distinct_words() const {
    return static_cast<std::int64_t>(counter_.counts().size());
  }
  std::int64_t forgotten_words() const { return counter_.forgotten_words(); }

 private:
  // Hands the words over, so that each is held once.
  WordpieceMerger MakeMerger() {
    const auto room = static_cast<std::size_t>(options_.vocab_size - kSpecialCount) / 2;
    std::vector<std::string> tokens(std::begin(kSpecialTokens), std::end(kSpecialTokens));
    const std::size_t limit = std::min(static_cast<std::size_t>(options_.limit_alphabet), room);
    for (const char32_t c : Alphabet(counter_.counts(), limit))
      AppendUtf8(c, &tokens.emplace_back());
    WordpieceMerger merger(std::move(tokens));

    for (const auto& [word, count] : counter_.TakeSorted()) merger.AddWord(ToUtf32(word), count);
    return merger;
  }

  const VocabularyTrainerOptions options_;
  WordCounter counter_;
  std::function<bool()> cancelled_;
};

VocabularyTrainer::VocabularyTrainer(VocabularyTrainerOptions options,
                                     TokenizerOptions tokenizer_options)
    : impl_(std::make_unique<Impl>(options, tokenizer_options)) {}
VocabularyTrainer::~VocabularyTrainer() = default;

void VocabularyTrainer::Add(std::string_view sample) { impl_->Add(sample); }
void VocabularyTrainer::set_cancelled(std::function<bool()> cancelled) {
  impl_->set_cancelled(std::move(cancelled));
}
absl::StatusOr<Vocabulary> VocabularyTrainer::Train() { return impl_->Train(); }
std::int64_t VocabularyTrainer::distinct_words() const { return impl_->distinct_words(); }
std::int64_t VocabularyTrainer::forgotten_words() const { return impl_->forgotten_words(); }

}  // namespace electra
