#include "core/text/vocabulary_extender.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/text/word_counter.h"
#include "core/text/wordpiece_trie.h"

namespace electra {
namespace {

// A word of the text, and its cut so far.
struct CutWord {
  std::string text;
  std::int64_t count = 0;
  std::int64_t pieces = 0;      // 0: unknown
  std::size_t first_piece = 0;  // bytes
};

struct Candidate {
  std::int64_t saved = 0;  // tokens, at most
  std::string_view text;

  // For a queue whose top saves most; among equals, the first in order of bytes.
  friend bool operator<(const Candidate& a, const Candidate& b) {
    return a.saved != b.saved ? a.saved < b.saved : a.text > b.text;
  }
};

std::vector<std::uint32_t> CodesOf(const WordpieceTrie& trie, const std::u32string& characters) {
  std::vector<std::uint32_t> codes;
  codes.reserve(characters.size());
  for (const char32_t c : characters) codes.push_back(trie.Code(c));
  return codes;
}

std::size_t BytesOf(std::u32string_view characters) {
  std::string utf8;
  for (const char32_t c : characters) AppendUtf8(c, &utf8);
  return utf8.size();
}

// The pieces of a word, or of the rest of one; nothing where it is unknown.
std::optional<std::int64_t> CountPieces(const WordpieceTrie& trie, std::string_view text,
                                        WordpieceTrie::Place place) {
  std::int64_t pieces = 0;
  const auto count = [&pieces](std::int32_t, std::size_t, std::size_t) { ++pieces; };
  if (!trie.Match(CodesOf(trie, ToUtf32(text)), count, place)) return std::nullopt;
  return pieces;
}

}  // namespace

class VocabularyExtender::Impl {
 public:
  Impl(const Vocabulary& vocabulary, const TokenizerOptions& tokenizer,
       const VocabularyExtenderOptions& options)
      : vocabulary_(vocabulary),
        options_(options),
        trie_(vocabulary),
        counter_(tokenizer, options.max_words) {}

  void Add(std::string_view sample) { counter_.Add(sample); }
  void set_cancelled(std::function<bool()> cancelled) { cancelled_ = std::move(cancelled); }

  absl::StatusOr<VocabularyExtension> Extend() {
    CutWords();
    const std::int64_t before = CountTokens(trie_);
    std::priority_queue<Candidate> candidates = FindCandidates();
    std::vector<std::string> added;
    while (static_cast<std::int64_t>(added.size()) < options_.count && !candidates.empty()) {
      if (cancelled_ != nullptr && cancelled_()) {
        return CancelledError("EXTENSION_CANCELLED", "cancelled while the vocabulary was extended");
      }
      Candidate best = candidates.top();
      candidates.pop();
      // A candidate's savings only fall as others are taken, so the best is known without computing
      // all of them again.
      const std::int64_t saved = Saved(best.text);
      if (saved <= 0) continue;
      if (saved < best.saved) {
        candidates.push({saved, best.text});
        continue;
      }
      Take(best.text);
      added.emplace_back(best.text);
    }
    std::string text = vocabulary_.ToText();
    if (!text.ends_with('\n')) text += '\n';
    for (const std::string& token : added) text.append(token).push_back('\n');
    ASSIGN_OR_RETURN(Vocabulary extended, Vocabulary::Parse(text, "vocab.txt"));
    const std::int64_t after = CountTokens(WordpieceTrie(extended));
    return VocabularyExtension{.vocabulary = std::move(extended),
                               .added = static_cast<std::int64_t>(added.size()),
                               .tokens_before = before,
                               .tokens_after = after};
  }

 private:
  void CutWords() {
    for (auto& [text, count] : counter_.TakeSorted()) {
      CutWord& word = words_.emplace_back();
      word.count = count;
      const std::u32string characters = ToUtf32(text);
      std::size_t first = 0;  // characters
      const bool is_known = trie_.Match(CodesOf(trie_, characters),
                                        [&](std::int32_t, std::size_t begin, std::size_t end) {
                                          if (begin == 0) first = end;
                                          ++word.pieces;
                                        });
      if (!is_known) word.pieces = 0;
      word.first_piece = BytesOf(std::u32string_view(characters).substr(0, first));
      word.text = std::move(text);
    }
  }

  std::int64_t CountTokens(const WordpieceTrie& trie) const {
    std::int64_t tokens = counter_.long_words();
    for (const CutWord& word : words_) {
      tokens += word.count * CountPieces(trie, word.text, WordpieceTrie::Place::kStart).value_or(1);
    }
    return tokens;
  }

  // They lie in words_.
  std::priority_queue<Candidate> FindCandidates() const {
    absl::flat_hash_set<std::string_view> found;
    for (const CutWord& word : words_) {
      if (word.pieces < 2) continue;
      const std::u32string characters = ToUtf32(word.text);
      std::size_t bytes = 0;
      trie_.Match(CodesOf(trie_, characters),
                  [&](std::int32_t, std::size_t begin, std::size_t end) {
                    bytes += BytesOf(std::u32string_view(characters).substr(begin, end - begin));
                    if (begin == 0 || bytes > Vocabulary::kMaxTokenBytes) return;
                    found.insert(std::string_view(word.text).substr(0, bytes));
                  });
    }
    std::vector<Candidate> candidates;
    for (const std::string_view text : found) {
      if (const std::int64_t saved = Saved(text); saved > 0) candidates.push_back({saved, text});
    }
    return std::priority_queue<Candidate>(std::less<Candidate>(), std::move(candidates));
  }

  // Calls visit(word, pieces) for each word that the token would be the first piece of, with the
  // number of pieces; nothing: it would be unknown.
  template <typename Words, typename Visit>
  void VisitWords(Words& words, std::string_view token, Visit visit) const {
    auto word =
        std::lower_bound(words.begin(), words.end(), token,
                         [](const CutWord& one, std::string_view text) { return one.text < text; });
    for (; word != words.end() && word->text.starts_with(token); ++word) {
      if (word->pieces == 0 || word->first_piece >= token.size()) continue;
      const std::string_view rest = std::string_view(word->text).substr(token.size());
      std::optional<std::int64_t> pieces = CountPieces(trie_, rest, WordpieceTrie::Place::kInside);
      if (pieces) ++*pieces;
      visit(*word, pieces);
    }
  }

  // How many tokens the text would save; 0 where the token is too rare, or harms a word.
  std::int64_t Saved(std::string_view token) const {
    std::int64_t saved = 0;
    std::int64_t occurrences = 0;
    bool is_harmful = false;
    VisitWords(words_, token, [&](const CutWord& word, std::optional<std::int64_t> pieces) {
      is_harmful = is_harmful || !pieces || *pieces > word.pieces;
      saved += word.count * (word.pieces - pieces.value_or(0));
      occurrences += word.count;
    });
    return is_harmful || occurrences < options_.min_frequency ? 0 : saved;
  }

  void Take(std::string_view token) {
    VisitWords(words_, token, [token](CutWord& word, std::optional<std::int64_t> pieces) {
      word.pieces = *pieces;
      word.first_piece = token.size();
    });
  }

  const Vocabulary& vocabulary_;
  const VocabularyExtenderOptions options_;
  const WordpieceTrie trie_;
  WordCounter counter_;
  std::function<bool()> cancelled_;
  std::vector<CutWord> words_;  // in order of bytes
};

VocabularyExtender::VocabularyExtender(const Vocabulary& vocabulary,
                                       const TokenizerOptions& tokenizer,
                                       VocabularyExtenderOptions options)
    : impl_(std::make_unique<Impl>(vocabulary, tokenizer, options)) {}
VocabularyExtender::~VocabularyExtender() = default;

void VocabularyExtender::Add(std::string_view sample) { impl_->Add(sample); }
void VocabularyExtender::set_cancelled(std::function<bool()> cancelled) {
  impl_->set_cancelled(std::move(cancelled));
}
absl::StatusOr<VocabularyExtension> VocabularyExtender::Extend() { return impl_->Extend(); }

absl::StatusOr<std::vector<std::vector<std::int32_t>>> PiecesOfAppended(
    const Vocabulary& vocabulary, std::int32_t size) {
  std::vector<std::vector<std::int32_t>> all;
  if (size == vocabulary.size()) return all;
  std::vector<std::string> tokens;
  for (std::int32_t id = 0; id < size; ++id) tokens.push_back(vocabulary.Token(id));
  ASSIGN_OR_RETURN(const Vocabulary old, Vocabulary::FromTokens(std::move(tokens), "vocab.txt"));
  const WordpieceTrie trie(old);
  for (std::int32_t id = size; id < vocabulary.size(); ++id) {
    std::vector<std::int32_t>& pieces = all.emplace_back();
    const bool is_known = trie.Match(
        CodesOf(trie, ToUtf32(vocabulary.Token(id))),
        [&pieces](std::int32_t piece, std::size_t, std::size_t) { pieces.push_back(piece); });
    if (!is_known) pieces = {old.special().unk};
  }
  return all;
}

}  // namespace electra
