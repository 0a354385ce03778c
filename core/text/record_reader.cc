#include "core/text/record_reader.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/utf8.h"

namespace electra {

bool IsBlank(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto length = static_cast<std::int64_t>(text.size());
  for (std::int64_t i = 0; i < length;) {
    UChar32 c;
    U8_NEXT(bytes, i, length, c);
    if (c < 0 || u_isUWhiteSpace(c) == 0) return false;
  }
  return true;
}

absl::Status NoText(std::string_view display_name, const CorpusCounts& counts) {
  return Within(
      display_name,
      InvalidArgumentError("NO_TEXT", "no sample holds text ({blank} blank, {skipped} skipped)",
                           counts.blank_samples, counts.skipped_samples));
}

absl::StatusOr<bool> RecordReader::Next(std::string* sample) {
  while (true) {
    Record record;
    const std::int64_t start = offset_;
    ASSIGN_OR_RETURN(const bool more, NextRecord(&record));
    if (!more) break;
    const bool replaced = TakeReplacements(start, offset_) || record.is_replaced;
    line_ = record.line;
    std::erase(record.text, '\0');
    if (replaced && options_.on_invalid == OnInvalidText::kSkip) {
      ++counts_.skipped_samples;
    } else if (IsBlank(record.text)) {
      ++counts_.blank_samples;
    } else {
      ++counts_.samples;
      if (replaced) ++counts_.replaced_samples;
      if (record.quote_begin > 0) CountQuote(record);
      *sample = std::move(record.text);
      return true;
    }
  }
  if (counts_.samples > 0 || allows_no_text_) return false;
  return NoText(options_.display_name, counts_);
}

void RecordReader::CountQuote(const Record& record) {
  ++counts_.multi_line_samples;
  const std::int64_t longest = counts_.longest_quote_end - counts_.longest_quote_begin;
  if (record.quote_end - record.quote_begin <= longest) return;
  counts_.longest_quote_begin = record.quote_begin;
  counts_.longest_quote_end = record.quote_end;
}

absl::Status RecordReader::Invalid(const Message& problem) const {
  return Error(absl::StatusCode::kInvalidArgument, Within(options_.display_name, problem));
}

absl::StatusOr<bool> RecordReader::Fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  return decoder_->Read(&buffer_);
}

absl::StatusOr<std::size_t> RecordReader::FindLineEnd(std::size_t from) {
  std::size_t searched = from;
  if (from > Buffered().size()) return std::string_view::npos;
  while (true) {
    const std::size_t newline = Buffered().find('\n', searched);
    if (newline != std::string_view::npos) return newline;
    searched = Buffered().size();
    if (IsTooLong(searched - from)) return searched;
    ASSIGN_OR_RETURN(const bool more, Fill());
    if (more) continue;
    return searched == from ? std::string_view::npos : searched;
  }
}

absl::StatusOr<bool> RecordReader::NextLine(Record* record) {
  ASSIGN_OR_RETURN(const std::size_t end, FindLineEnd(0));
  if (end == std::string_view::npos) return false;
  if (IsTooLong(end)) return LineTooLong(next_line_);
  std::string_view line = Buffered().substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  record->text = line;
  record->line = next_line_;
  ConsumeLines(end);
  return true;
}

absl::Status RecordReader::LineTooLong(std::int64_t line) const {
  return Invalid(Message("LINE_TOO_LONG", "line {line} is longer than {limit} bytes; split it",
                         line, options_.max_sample_bytes));
}

void RecordReader::ConsumeLines(std::size_t end) {
  const std::string_view lines = Buffered().substr(0, end);
  next_line_ += 1 + std::count(lines.begin(), lines.end(), '\n');
  Consume(std::min(end + 1, Buffered().size()));
}

bool RecordReader::TakeReplacements(std::int64_t start, std::int64_t end) {
  std::deque<std::int64_t>& offsets = decoder_->replacements();
  bool found = false;
  while (!offsets.empty() && offsets.front() < end) {
    found = found || offsets.front() >= start;
    offsets.pop_front();
  }
  return found;
}

}  // namespace electra
