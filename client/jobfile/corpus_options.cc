#include "client/jobfile/corpus_options.h"

#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_join.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "core/base/nearest.h"

namespace electra::client {
namespace {

absl::Status NoneOf(const char* key, const std::string& value,
                    const std::vector<std::string>& choices) {
  const Bilingual wrong = Say(kPhrases.wrong_value, key,
                              Say(kPhrases.one_of, Visible(value), absl::StrJoin(choices, ", ")));
  const std::optional<std::string> nearest = Nearest(value, choices);
  return LocalError(absl::StatusCode::kInvalidArgument,
                    nearest ? Say(kPhrases.did_you_mean, wrong, *nearest) : wrong);
}

}  // namespace

absl::StatusOr<v1::CorpusFormat> ParseFormat(const std::string& name) {
  if (name == "txt") return v1::TEXT;
  if (name == "csv") return v1::CSV;
  if (name == "tsv") return v1::TSV;
  if (name == "jsonl") return v1::JSONL;
  return NoneOf("format", name, {"txt", "csv", "tsv", "jsonl"});
}

absl::StatusOr<v1::OnInvalidText> ParseOnInvalid(const std::string& name) {
  if (name == "refuse") return v1::REFUSE;
  if (name == "replace") return v1::REPLACE;
  if (name == "skip") return v1::SKIP;
  return NoneOf("on_invalid", name, {"refuse", "replace", "skip"});
}

absl::StatusOr<std::string> ParseDelimiter(const std::string& text) {
  if (text == "tab" || text == "\\t") return "\t";
  const bool is_one = text.size() == 1 && IsUtf8(text) &&
                      text.find_first_of(std::string_view("\"\r\n\0", 4)) == std::string::npos;
  if (!is_one) return InvalidArgument(kPhrases.bad_delimiter, Visible(text));
  return text;
}

absl::StatusOr<v1::Quoting> ParseQuoting(const std::string& name) {
  if (name == "none") return v1::QUOTING_NONE;
  if (name == "csv") return v1::QUOTING_CSV;
  return NoneOf("quoting", name, {"none", "csv"});
}

}  // namespace electra::client
