#include "client/views/hyperparameter_text.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"
#include "client/i18n/server_message.h"

namespace electra::client {
namespace {

template <typename... Values>
std::string Korean(const char* text, const Values&... values) {
  return absl::Substitute(Translated(text, Language::kKorean), values...);
}

// "above 0" and the like.
std::string KoreanBound(absl::string_view text) {
  const std::pair<const char*, const char*> words[] = {{"above ", N_("above $0")},
                                                       {"at least ", N_("at least $0")},
                                                       {"at most ", N_("at most $0")},
                                                       {"below ", N_("below $0")}};
  for (const auto& [word, bound] : words) {
    if (absl::ConsumePrefix(&text, word)) return Korean(bound, text);
  }
  return std::string(text);
}

std::string KoreanRange(const std::string& accepted) {
  absl::string_view text = accepted;
  if (text == "true or false") return Korean(N_("true or false"));
  if (absl::ConsumePrefix(&text, "one of ")) return Korean(N_("one of $0"), text);
  if (absl::ConsumePrefix(&text, "a whole number from ")) {
    const std::vector<std::string> ends = absl::StrSplit(text, " to ");
    if (ends.size() == 2) return Korean(N_("a whole number from $0 to $1"), ends[0], ends[1]);
  }
  if (absl::ConsumePrefix(&text, "a whole number, ")) {
    return Korean(N_("a whole number, $0"), KoreanBound(text));
  }
  const bool is_range = absl::StartsWith(text, "above ") || absl::StartsWith(text, "at least ");
  if (!is_range) return FixedText(accepted, Language::kKorean);
  std::vector<std::string> bounds;
  for (absl::string_view part : absl::StrSplit(text, ", ")) bounds.push_back(KoreanBound(part));
  return absl::StrJoin(bounds, " ");
}

}  // namespace

std::string HyperparameterMeaning(const v1::Hyperparameter& one, Language language) {
  return FixedText(one.description(), language);
}

std::string HyperparameterRange(const v1::Hyperparameter& one, Language language) {
  return language == Language::kKorean ? KoreanRange(one.accepted()) : one.accepted();
}

}  // namespace electra::client
