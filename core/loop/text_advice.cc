#include "core/loop/text_advice.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/utf8.h"

namespace electra {
namespace {

// A larger share of the text than this is worth a warning; the second one makes training senseless.
constexpr double kNoticeable = 0.05;
constexpr double kMostUnknown = 0.5;

constexpr size_t kShownWords = 5;
constexpr size_t kShownLongWords = 2;

std::string Percent(double share) { return absl::StrFormat("%.1f", 100 * share); }

std::string Listed(const CountedWords& words, size_t most) {
  std::string list;
  for (const CountedWords::Entry& entry : words.MostFrequent(most)) {
    absl::StrAppend(&list, list.empty() ? "" : ", ", Quoted(entry.word), " (", entry.count, ")");
  }
  return list;
}

// How much is unknown, which words, and why.
Message DescribeUnknown(const TextSurvey& survey) {
  const UnknownWords& unknown = survey.unknown;
  Message tokens;
  if (survey.tokens > 0) {
    tokens = Message("UNKNOWN_TOKENS", ", {percent} % of the tokens",
                     Percent(survey.unknown_token_share()));
  }
  Message missing;
  if (unknown.missing().count() > 0) {
    missing =
        Message("MISSING_WORDS", ". {count} words are not in the vocabulary, most often {words}",
                unknown.missing().count(), Listed(unknown.missing(), kShownWords));
  }
  Message too_long;
  if (unknown.too_long().count() > 0) {
    too_long = Message("LONG_WORDS",
                       ". {count} words are longer than {limit} characters, as in text without "
                       "spaces: {words}",
                       unknown.too_long().count(), survey.max_word_characters,
                       Listed(unknown.too_long(), kShownLongWords));
  }
  Message excerpt;
  if (survey.is_excerpt) {
    excerpt = Message("COUNTED_IN_EXCERPT", ". Words are counted in {size} MiB of the text",
                      kSurveyedText >> 20);
  }
  return Message("UNKNOWN_TEXT",
                 "{percent} % of the text is unknown and becomes [UNK]{tokens}{missing}{too_long}"
                 "{excerpt}",
                 Percent(unknown.share()), tokens, missing, too_long, excerpt);
}

Message DescribeLetters(const TextSurvey& survey) {
  return Message("HANGUL_IN_LETTERS",
                 "{count} of the examined samples hold Hangul as letters instead of syllables "
                 "(Unicode's NFD, which some programs write), but vocabularies of Korean models "
                 "hold syllables. Convert the text to NFC: uconv -x any-nfc",
                 survey.samples_in_letters);
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
  if (survey.samples_in_letters > 0) {
    notes.push_back({Severity::kWarning, DescribeLetters(survey)});
  }
  // Most line ends are CRs then.
  if (survey.lone_returns > 0 && survey.lone_returns >= survey.lines) {
    notes.push_back(
        {Severity::kWarning,
         Message("LONE_RETURNS",
                 "lines end with LF or CRLF, so that the text has {samples} samples, but {returns} "
                 "CRs stand alone. If they are to end lines, convert them: tr '\\r' '\\n'",
                 survey.samples, survey.lone_returns)});
  }
  if (survey.copies > 0 && survey.leaves_out_copies) {
    notes.push_back({Severity::kInfo,
                     Message("DUPLICATES_LEFT_OUT",
                             "{copies} of {samples} samples have the same tokens as an earlier one "
                             "(duplicates) and are left out",
                             survey.copies, survey.samples)});
  } else if (survey.copies > 0) {
    const double share = static_cast<double>(survey.copies) / static_cast<double>(survey.samples);
    notes.push_back({SeverityOf(share),
                     Message("DUPLICATE_SAMPLES",
                             "{copies} of {samples} samples have the same tokens as an earlier one "
                             "(duplicates); no copy of held-out text is trained on",
                             survey.copies, survey.samples)});
  }
  if (survey.empty_samples > 0) {
    notes.push_back(
        {Severity::kInfo, Message("EMPTY_SAMPLES", "{count} samples hold no text and are left out",
                                  survey.empty_samples)});
  }
  return notes;
}

absl::Status CheckTextIsKnown(const TextSurvey& survey) {
  if (survey.unknown_share() <= kMostUnknown) return absl::OkStatus();
  const Message remedy =
      survey.samples_in_letters > 0
          ? DescribeLetters(survey)
          : Message("USE_KNOWN_WORDS",
                    "Use a vocabulary of the text's language, and spaces between its words");
  return InvalidArgumentError("TEXT_NOT_KNOWN",
                              "{unknown}. {remedy}; --allow-unknown (allow_unknown=true) trains on "
                              "it as it is",
                              DescribeUnknown(survey), remedy);
}

}  // namespace electra
