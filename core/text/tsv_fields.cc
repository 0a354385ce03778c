#include "core/text/tsv_fields.h"

#include <algorithm>

#include "absl/strings/str_replace.h"

namespace electra {
namespace {

// The first quote at or after `from` that is not one of two; npos: there is none.
std::size_t FindLoneQuote(std::string_view text, std::size_t from) {
  std::size_t at = text.find('"', from);
  while (at != std::string_view::npos && text.substr(at + 1).starts_with('"')) {
    at = text.find('"', at + 2);
  }
  return at;
}

// The text of a field: without its quotes, where they enclose all of it.
std::string Unquoted(std::string_view field) {
  const bool is_quoted =
      field.size() >= 2 && field.front() == '"' && FindLoneQuote(field, 1) == field.size() - 1;
  if (!is_quoted) return std::string(field);
  return absl::StrReplaceAll(std::string(field.substr(1, field.size() - 2)), {{"\"\"", "\""}});
}

std::size_t FieldEnd(std::string_view text, std::size_t begin) {
  return std::min(text.find('\t', begin), text.size());
}

}  // namespace

TsvFields SplitAtTabs(std::string_view line, std::size_t kept) {
  TsvFields fields;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = FieldEnd(line, begin);
    if (kept == kAllFields || kept == fields.count) {
      fields.kept.push_back(Unquoted(line.substr(begin, end - begin)));
    }
    ++fields.count;
    fields.is_open = fields.is_open || (line.substr(begin).starts_with('"') &&
                                        FindLoneQuote(line, begin + 1) == std::string_view::npos);
    begin = end + 1;
  }
  return fields;
}

void QuotedTsvRecord::EndField(std::string_view text, std::size_t end) {
  if (kept_ == kAllFields || kept_ == count_) {
    fields_.push_back(Unquoted(text.substr(begin_, end - begin_)));
  }
  ++count_;
  is_quoted_ = false;
  begin_ = end + 1;
}

bool QuotedTsvRecord::Read(std::string_view text) {
  while (begin_ <= text.size()) {
    if (!is_quoted_ && text.substr(begin_).starts_with('"')) {
      is_quoted_ = true;
      scan_ = begin_ + 1;
    }
    if (!is_quoted_) {
      EndField(text, FieldEnd(text, begin_));
      continue;
    }
    const std::size_t quote = FindLoneQuote(text, scan_);
    if (quote == std::string_view::npos) {
      scan_ = text.size();
      return false;
    }
    if (quote + 1 == text.size() || text[quote + 1] == '\t') {
      EndField(text, quote + 1);
    } else if (text.substr(begin_, quote - begin_).find('\n') == std::string_view::npos) {
      EndField(text, FieldEnd(text, begin_));  // the quotes are text
    } else {
      is_malformed_ = true;
      return true;
    }
  }
  return true;
}

}  // namespace electra
