#include "core/text/vocabulary.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"

namespace electra {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMaxListedTokens = 10;  // in a warning

// Length of `line`, valid UTF-8, without the white space at its end.
std::size_t TrimmedLength(std::string_view line) {
  auto end = static_cast<std::int32_t>(line.size());
  while (end > 0) {
    std::int32_t before = end;
    UChar32 c;
    U8_PREV(reinterpret_cast<const std::uint8_t*>(line.data()), 0, before, c);
    if (!u_isUWhiteSpace(c)) break;
    end = before;
  }
  return static_cast<std::size_t>(end);
}

absl::Status TokenTooLong(std::string_view source_name, std::size_t line, std::size_t bytes) {
  return Within(source_name,
                InvalidArgumentError("TOKEN_TOO_LONG",
                                     "line {line} has a token of {bytes} bytes; at most {limit} "
                                     "are accepted",
                                     line, bytes, Vocabulary::kMaxTokenBytes));
}

absl::Status TooManyTokens(std::string_view source_name) {
  return Within(
      source_name,
      InvalidArgumentError("TOO_MANY_TOKENS", "more than {limit} lines; this is not a vocabulary",
                           Vocabulary::kMaxTokens));
}

absl::Status CheckUtf8(std::string_view text, std::string_view source_name, std::size_t line) {
  const std::optional<std::size_t> invalid = FindInvalidUtf8(text);
  if (!invalid.has_value()) return absl::OkStatus();
  return Within(
      source_name,
      InvalidArgumentError(
          "VOCABULARY_NOT_UTF8",
          "line {line}, byte {byte} is not UTF-8 (0x{value}); a "
          "vocabulary must be UTF-8",
          line, *invalid + 1,
          absl::StrCat(absl::Hex(static_cast<std::uint8_t>(text[*invalid]), absl::kZeroPad2))));
}

}  // namespace

absl::StatusOr<Vocabulary> Vocabulary::Parse(std::string_view vocab_txt,
                                             std::string_view source_name) {
  Vocabulary vocabulary;
  std::string_view rest = vocab_txt;
  while (!rest.empty()) {
    const std::size_t newline = rest.find('\n');
    vocabulary.ends_with_newline_ = newline != std::string_view::npos;
    const std::string_view line = rest.substr(0, newline);
    rest.remove_prefix(vocabulary.ends_with_newline_ ? newline + 1 : rest.size());
    const std::size_t number = vocabulary.tokens_.size() + 1;
    if (number > kMaxTokens) return TooManyTokens(source_name);
    if (line.size() > 2 * kMaxTokenBytes) return TokenTooLong(source_name, number, line.size());
    RETURN_IF_ERROR(CheckUtf8(line, source_name, number));
    const std::size_t length = TrimmedLength(line);
    if (length > kMaxTokenBytes) return TokenTooLong(source_name, number, length);
    if (length < line.size()) {
      vocabulary.trimmed_ends_.emplace(vocabulary.size(), line.substr(length));
    }
    vocabulary.tokens_.emplace_back(line.substr(0, length));
  }
  RETURN_IF_ERROR(vocabulary.Index(source_name));
  return vocabulary;
}

absl::StatusOr<Vocabulary> Vocabulary::FromTokens(std::vector<std::string> tokens,
                                                  std::string_view source_name) {
  if (tokens.size() > kMaxTokens) return TooManyTokens(source_name);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].size() > kMaxTokenBytes) {
      return TokenTooLong(source_name, i + 1, tokens[i].size());
    }
    RETURN_IF_ERROR(CheckUtf8(tokens[i], source_name, i + 1));
    if (tokens[i].find('\n') != std::string::npos) {
      return Within(
          source_name,
          InvalidArgumentError("LINE_FEED_IN_TOKEN",
                               "token {id} holds a line feed, which vocab.txt cannot say", i));
    }
  }
  Vocabulary vocabulary;
  vocabulary.tokens_ = std::move(tokens);
  RETURN_IF_ERROR(vocabulary.Index(source_name));
  return vocabulary;
}

absl::Status Vocabulary::Index(std::string_view source_name) {
  if (tokens_.empty()) {
    return Within(source_name,
                  InvalidArgumentError("EMPTY_VOCABULARY",
                                       "the vocabulary is empty; expected a token a line"));
  }
  ids_.reserve(tokens_.size());
  std::map<std::int32_t, std::int32_t> duplicates;  // earlier line, the next with that token
  std::vector<std::string> empty_lines;
  for (std::int32_t id = 0; id < size(); ++id) {
    const auto [entry, inserted] = ids_.try_emplace(Token(id), id);
    if (Token(id).empty()) {
      empty_lines.push_back(absl::StrCat(id + 1));
    } else if (!inserted) {
      duplicates.emplace(entry->second, id);
    }
    entry->second = id;
  }
  AddDuplicateWarning(source_name, duplicates);
  if (!empty_lines.empty()) {
    const std::size_t count = empty_lines.size();
    if (count > kMaxListedTokens) empty_lines.resize(kMaxListedTokens);
    warnings_.push_back(
        Within(source_name,
               Message("EMPTY_VOCABULARY_LINES",
                       "{count} lines without a token (line {lines}); their ids stay unused", count,
                       absl::StrCat(absl::StrJoin(empty_lines, ", "),
                                    count > kMaxListedTokens ? ", ..." : ""))));
  }

  const std::array<std::pair<std::string_view, std::int32_t*>, 5> wanted = {{
      {"[PAD]", &special_.pad},
      {"[UNK]", &special_.unk},
      {"[CLS]", &special_.cls},
      {"[SEP]", &special_.sep},
      {"[MASK]", &special_.mask},
  }};
  std::vector<std::string> missing;
  for (const auto& [token, id] : wanted) {
    const std::optional<std::int32_t> found = Find(token);
    if (found.has_value()) {
      *id = *found;
    } else {
      missing.emplace_back(token);
    }
  }
  if (missing.empty()) return absl::OkStatus();
  const Message mark =
      tokens_[0].starts_with(kByteOrderMark)
          ? Message("VOCABULARY_HAS_BYTE_ORDER_MARK",
                    " (it starts with a byte order mark, which counts as part of the first token: "
                    "remove it)")
          : Message();
  return Within(source_name,
                InvalidArgumentError("VOCABULARY_LACKS_TOKENS",
                                     "the vocabulary lacks {tokens}; all of [PAD] [UNK] [CLS] "
                                     "[SEP] [MASK] must be in it{mark}",
                                     absl::StrJoin(missing, " "), mark));
}

void Vocabulary::AddDuplicateWarning(std::string_view source_name,
                                     const std::map<std::int32_t, std::int32_t>& duplicates) {
  if (duplicates.empty()) return;
  std::vector<std::string> listed;
  for (const auto& [earlier, later] : duplicates) {
    if (listed.size() == kMaxListedTokens) {
      listed.emplace_back("...");
      break;
    }
    listed.push_back(
        absl::StrCat("\"", Token(earlier), "\" on lines ", earlier + 1, " and ", later + 1));
  }
  warnings_.push_back(
      Within(source_name, Message("TOKENS_TWICE",
                                  "{count} tokens occur twice, the id is that of the last line: "
                                  "{tokens}",
                                  duplicates.size(), absl::StrJoin(listed, ", "))));
}

std::optional<std::int32_t> Vocabulary::Find(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

bool Vocabulary::IsSpecial(std::int32_t id) const {
  return id == special_.pad || id == special_.unk || id == special_.cls || id == special_.sep ||
         id == special_.mask;
}

std::string Vocabulary::ToText() const {
  std::string text;
  for (std::int32_t id = 0; id < size(); ++id) {
    text += Token(id);
    const auto trimmed = trimmed_ends_.find(id);
    if (trimmed != trimmed_ends_.end()) text += trimmed->second;
    if (id + 1 < size() || ends_with_newline_) text += '\n';
  }
  return text;
}

}  // namespace electra
