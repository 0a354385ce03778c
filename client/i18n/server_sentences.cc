#include "client/i18n/server_sentences.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace electra::client {
namespace {

// "there is no $0 \"$1\"" in pieces: what stands in front of each place, and behind the last.
std::vector<std::string_view> PiecesOf(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$')) {
    pieces.push_back(text.substr(0, at));
    text.remove_prefix(at + 2);
  }
  pieces.push_back(text);
  return pieces;
}

struct Pattern {
  std::vector<std::string_view> pieces;
  size_t literals = 0;  // characters that are not places
  const char* korean = nullptr;
  // "..., did you mean RUNNING?": the last name is for the user to type, in any language.
  bool suggests = false;
};

// What a sentence names in a pattern's places; nothing where it is another sentence. A place is
// never empty and as short as it can be: what fits anywhere then fits there.
std::optional<std::vector<std::string>> Match(const Pattern& pattern, std::string_view sentence) {
  if (!sentence.starts_with(pattern.pieces.front())) return std::nullopt;
  std::string_view rest = sentence.substr(pattern.pieces.front().size());
  std::vector<std::string> names;
  for (size_t i = 1; i < pattern.pieces.size(); ++i) {
    const std::string_view literal = pattern.pieces[i];
    const bool is_last = i + 1 == pattern.pieces.size();
    const size_t at = is_last && rest.ends_with(literal) ? rest.size() - literal.size()
                      : is_last                          ? std::string_view::npos
                                                         : rest.find(literal, 1);
    if (at == std::string_view::npos || at == 0) return std::nullopt;
    names.emplace_back(rest.substr(0, at));
    rest.remove_prefix(at + literal.size());
  }
  if (!rest.empty()) return std::nullopt;
  return names;
}

// Those that say most come first: "$0 is $1" is true of many sentences.
const std::vector<Pattern>& Patterns() {
  static const auto* patterns = [] {
    auto* all = new std::vector<Pattern>;
    for (const auto& sentences : {ServiceSentences(), TrainingSentences()}) {
      for (const ServerSentence& sentence : sentences) {
        Pattern pattern{.pieces = PiecesOf(sentence.english), .korean = sentence.korean};
        for (std::string_view piece : pattern.pieces) pattern.literals += piece.size();
        pattern.suggests = sentence.english.find("did you mean ") != std::string_view::npos;
        all->push_back(std::move(pattern));
      }
    }
    std::stable_sort(all->begin(), all->end(),
                     [](const Pattern& a, const Pattern& b) { return a.literals > b.literals; });
    return all;
  }();
  return *patterns;
}

// Sentences stand in sentences, but not for ever; and hostile ones are long.
constexpr int kDeepest = 6;
constexpr size_t kLongest = 2000;

std::optional<std::string> Translate(const std::string& sentence, int depth);

std::string TranslatedOrSame(const std::string& text, int depth) {
  return Translate(text, depth).value_or(text);
}

// Whether what a sentence names may be sentences themselves.
enum class Names { kWords, kSentences };

bool HoldsBorder(const std::string& name) {
  return absl::StrContains(name, ". ") || absl::StrContains(name, "; ") ||
         absl::StrContains(name, " (and ");
}

std::optional<std::string> AsWhole(const std::string& sentence, Names allowed, int depth) {
  for (const Pattern& pattern : Patterns()) {
    const auto names = Match(pattern, sentence);
    if (!names) continue;
    if (allowed == Names::kWords && std::any_of(names->begin(), names->end(), HoldsBorder)) {
      continue;
    }
    std::vector<std::pair<std::string, std::string>> places;
    for (size_t i = 0; i < names->size(); ++i) {
      const bool is_typed = pattern.suggests && i + 1 == names->size();
      places.emplace_back(absl::StrCat("$", i),
                          is_typed ? (*names)[i] : TranslatedOrSame((*names)[i], depth + 1));
    }
    // In one pass: what is put in may hold a dollar.
    return absl::StrReplaceAll(pattern.korean, places);
  }
  return std::nullopt;
}

// Two sentences, or a sentence behind what it is about: "books.csv: ...".
std::optional<std::string> InParts(const std::string& sentence, const std::string& border,
                                   int depth) {
  const bool are_sentences = border != ": ";
  for (size_t at = sentence.find(border); at != std::string::npos;
       at = sentence.find(border, at + 1)) {
    const std::string front = sentence.substr(0, at);
    const std::string back = sentence.substr(at + border.size());
    const auto behind = AsWhole(back, Names::kWords, depth + 1);
    const auto before = are_sentences ? AsWhole(front, Names::kWords, depth + 1) : std::nullopt;
    if (!behind && !before) continue;
    return absl::StrCat(before          ? *before
                        : are_sentences ? TranslatedOrSame(front, depth + 1)
                                        : front,
                        are_sentences ? ". " : border,
                        behind ? *behind : TranslatedOrSame(back, depth + 1));
  }
  return std::nullopt;
}

std::optional<std::string> Translate(const std::string& sentence, int depth) {
  if (depth > kDeepest || sentence.empty()) return std::nullopt;
  auto translated = AsWhole(sentence, Names::kWords, depth);
  if (!translated) translated = InParts(sentence, "; ", depth);
  if (!translated) translated = InParts(sentence, ". ", depth);
  if (!translated) translated = AsWhole(sentence, Names::kSentences, depth);
  if (!translated) translated = InParts(sentence, ": ", depth);
  return translated;
}

}  // namespace

std::string InLanguage(const std::string& sentence, Language language) {
  if (language != Language::kKorean || sentence.size() > kLongest) return sentence;
  return TranslatedOrSame(sentence, 0);
}

}  // namespace electra::client
