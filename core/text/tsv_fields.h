// Fields of tab-separated text, whose quotes mean something to some programs and nothing to others
// (private to core/text).
//
// A quote opens a field where it also closes it: before a tab or the end of a line, with quotes in
// between written twice. Any other quote stands for itself, as for a reader without quoting
// (csv.QUOTE_NONE). So a row has two readings, and its number of fields says which one holds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace electra {

inline constexpr std::size_t kAllFields = static_cast<std::size_t>(-1);

struct TsvFields {
  std::size_t count = 0;
  std::vector<std::string> kept;  // one, or all
  // A field begins with a quote that nothing closes: it may go on in the next line.
  bool is_open = false;
};

// The reading in which every tab separates. `line` has no line end.
TsvFields SplitAtTabs(std::string_view line, std::size_t kept);

// The reading in which a quoted field may hold tabs and line ends.
class QuotedTsvRecord {
 public:
  explicit QuotedTsvRecord(std::size_t kept) : kept_(kept) {}

  // Reads on in `text`, which begins with all that it was before, and ends with a line. False while
  // a quote is open: call again with the next line.
  bool Read(std::string_view text);

  // A quote that was open over the end of a line closed in the middle of a field.
  bool is_malformed() const { return is_malformed_; }
  std::size_t count() const { return count_; }
  std::vector<std::string>& fields() { return fields_; }

 private:
  void EndField(std::string_view text, std::size_t end);

  const std::size_t kept_;
  std::size_t begin_ = 0;  // of the field
  std::size_t scan_ = 0;   // inside of quotes: looked at so far
  bool is_quoted_ = false;
  bool is_malformed_ = false;
  std::size_t count_ = 0;
  std::vector<std::string> fields_;
};

}  // namespace electra
