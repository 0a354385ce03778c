// A terminal's screen after the text that it receives: an endless list of lines, as far as
// LiveRegion needs it. Each character takes one cell.
//
//   ScreenModel screen(24);
//   screen.Write("one\ntwo\x1b[1A\r");
//   EXPECT_EQ(screen.Text(), "one\ntwo\n");
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace electra::client {

class ScreenModel {
 public:
  explicit ScreenModel(size_t rows) : rows_(rows) {}

  void Write(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
      if (text[i] == '\x1b') {
        i = Obey(text, i);
      } else {
        Put(text[i++]);
      }
    }
  }

  // History and screen; lines without blanks at their ends.
  std::string Text() const {
    std::string all;
    for (std::string line : lines_) {
      line.erase(line.find_last_not_of(' ') + 1);
      all += line + "\n";
    }
    return all;
  }
  bool cursor_is_shown() const { return cursor_is_shown_; }
  bool wraps() const { return wraps_; }
  size_t cursor_line() const { return line_; }

 private:
  size_t Top() const { return top_; }

  // Lines that have scrolled away stay there, whatever happens to the lines below.
  void GoTo(size_t line) {
    line_ = line;
    lines_.resize(std::max(lines_.size(), line + 1));
    top_ = std::max(top_, lines_.size() > rows_ ? lines_.size() - rows_ : 0);
  }

  void Put(char c) {
    if (c == '\r') {
      column_ = 0;
    } else if (c == '\n') {
      column_ = 0;
      GoTo(line_ + 1);
    } else {
      std::string& line = lines_[line_];
      line.resize(std::max(line.size(), column_ + 1), ' ');
      line[column_++] = c;
    }
  }

  size_t Obey(std::string_view text, size_t begin) {
    const size_t end = text.find_first_of("hlABJKm", begin);
    EXPECT_NE(end, text.npos) << "an unknown sequence";
    if (end == text.npos) return text.size();
    const std::string_view parameters = text.substr(begin + 2, end - begin - 2);
    const char command = text[end];
    if (command == 'K') lines_[line_].resize(std::min(lines_[line_].size(), column_));
    if (command == 'J' && column_ == 0 && line_ == Top()) {
      // The whole screen: it goes into the history, as in tmux.
      GoTo(lines_.size());
    } else if (command == 'J') {
      lines_.resize(line_ + 1);
      lines_[line_].resize(std::min(lines_[line_].size(), column_));
    }
    if (command == 'A') {
      // Not beyond the visible part.
      const size_t up = std::stoul(std::string(parameters));
      line_ = line_ >= Top() + up ? line_ - up : Top();
    }
    if (command == 'B') {
      GoTo(std::min(line_ + std::stoul(std::string(parameters)), Top() + rows_ - 1));
    }
    if (parameters == "?25") cursor_is_shown_ = command == 'h';
    if (parameters == "?7") wraps_ = command == 'h';
    return end + 1;
  }

  size_t rows_;
  std::vector<std::string> lines_ = {""};
  size_t line_ = 0;
  size_t top_ = 0;  // the first visible line
  size_t column_ = 0;
  bool cursor_is_shown_ = true;
  bool wraps_ = true;
};

}  // namespace electra::client
