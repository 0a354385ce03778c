#include "core/loop/text_advice.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/utf8.h"

namespace electra {
namespace {

// A larger share of the text than this is worth a warning; the second one makes training senseless.
constexpr double kNoticeable = 0.05;
constexpr double kMostUnknown = 0.5;

constexpr char kRemedy[] =
    "Use a vocabulary of the text's language, and spaces between its words; --allow-unknown "
    "(allow_unknown=true) trains on it as it is";

constexpr size_t kShownWords = 5;
constexpr size_t kShownLongWords = 2;

std::string Listed(const CountedWords& words, size_t most) {
  std::string list;
  for (const CountedWords::Entry& entry : words.MostFrequent(most)) {
    absl::StrAppend(&list, list.empty() ? "" : ", ", Quoted(entry.word), " (", entry.count, ")");
  }
  return list;
}

// How much is unknown, which words, and why.
std::string DescribeUnknown(const TextSurvey& survey) {
  const UnknownWords& unknown = survey.unknown;
  std::string text =
      absl::StrFormat("%.1f %% of the text is unknown and becomes [UNK]", 100 * unknown.share());
  if (survey.tokens > 0) {
    absl::StrAppendFormat(&text, ", %.1f %% of the tokens", 100 * survey.unknown_token_share());
  }
  if (unknown.missing().count() > 0) {
    absl::StrAppend(&text, ". ", unknown.missing().count(),
                    " words are not in the vocabulary, most often ",
                    Listed(unknown.missing(), kShownWords));
  }
  if (unknown.too_long().count() > 0) {
    absl::StrAppend(&text, ". ", unknown.too_long().count(), " words are longer than ",
                    survey.max_word_characters, " characters, as in text without spaces: ",
                    Listed(unknown.too_long(), kShownLongWords));
  }
  if (survey.is_excerpt) {
    absl::StrAppend(&text, ". Words are counted in ", kSurveyedText >> 20, " MiB of the text");
  }
  return text;
}

Severity SeverityOf(double share) {
  return share > kNoticeable ? Severity::kWarning : Severity::kInfo;
}

}  // namespace

std::vector<TextNote> TextAdvice(const TextSurvey& survey) {
  std::vector<TextNote> notes;
  if (survey.unknown_share() > kNoticeable) {
    notes.push_back({Severity::kWarning, DescribeUnknown(survey)});
  }
  // Most line ends are CRs then.
  if (survey.lone_returns > 0 && survey.lone_returns >= survey.lines) {
    notes.push_back(
        {Severity::kWarning,
         absl::StrCat("lines end with LF or CRLF, so that the text has ", survey.samples,
                      " samples, but ", survey.lone_returns,
                      " CRs stand alone. If they are to end lines, convert them: tr '\\r' '\\n'")});
  }
  if (survey.copies > 0) {
    const double share = static_cast<double>(survey.copies) / static_cast<double>(survey.samples);
    notes.push_back(
        {SeverityOf(share), absl::StrCat(survey.copies, " of ", survey.samples,
                                         " samples have the same tokens as an earlier one "
                                         "(duplicates); no copy of held-out text is trained on")});
  }
  if (survey.empty_samples > 0) {
    notes.push_back({Severity::kInfo,
                     absl::StrCat(survey.empty_samples, " samples hold no text and are left out")});
  }
  return notes;
}

absl::Status CheckTextIsKnown(const TextSurvey& survey) {
  if (survey.unknown_share() <= kMostUnknown) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(DescribeUnknown(survey), ". ", kRemedy));
}

}  // namespace electra
