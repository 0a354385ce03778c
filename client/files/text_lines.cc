#include "client/files/text_lines.h"

#include "absl/strings/str_cat.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

constexpr size_t kLongestText = 16384;  // bytes, like the server's limit

absl::Status CheckText(const std::string& text, size_t number, const std::string& source) {
  if (text.size() > kLongestText) {
    return InvalidArgument(kPhrases.text_too_long, Visible(source), number, text.size(),
                           kLongestText);
  }
  if (!IsUtf8(text)) {
    return InvalidArgument(kPhrases.line_not_utf8, Visible(source), number);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadTextLines(std::istream& in,
                                                       const std::string& source) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (lines.empty() && line.compare(0, kByteOrderMark.size(), kByteOrderMark) == 0) {
      line.erase(0, kByteOrderMark.size());
    }
    if (!line.empty() && line.back() == '\r') line.pop_back();
    RETURN_IF_ERROR(CheckText(line, lines.size() + 1, source));
    lines.push_back(std::move(line));
  }
  if (in.bad()) return FailedPrecondition(kPhrases.cannot_read_source, Visible(source));
  return lines;
}

absl::Status CheckTexts(const std::vector<std::string>& texts, const std::string& source) {
  for (size_t i = 0; i < texts.size(); ++i) {
    RETURN_IF_ERROR(CheckText(texts[i], i + 1, source));
  }
  return absl::OkStatus();
}

}  // namespace electra::client
