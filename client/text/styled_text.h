// A line of text whose parts have a meaning that a terminal may show in colour.
//
//   StyledText sentence;
//   sentence.Append("기반의 ");
//   sentence.Append("(웹)", Style::kCaught);
//   for (const StyledText& line : sentence.Wrap(40)) out << line.Render(ColorMode::kOff) << "\n";
//
// Append() makes its text visible (see visible_text.h), so nothing that is rendered can reach the
// terminal as a control sequence except the colours that Render() itself writes.
//
// Thread safety: a value. Ownership: owns its text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace electra::client {

enum class ColorMode { kOff, kOn };

// Which of the client's own marks a terminal can show.
enum class Charset { kUtf8, kAscii };

enum class Style {
  kPlain,
  kCaught,     // a fake that the discriminator suspected: green
  kMissed,     // a fake that it did not: red
  kSuspected,  // an original that it suspected: yellow
  kStrong,     // headings
  kFaint,      // what may be skipped
  kSeries1,    // curves that are told apart: cyan, magenta, yellow, green, blue, red
  kSeries2,
  kSeries3,
  kSeries4,
  kSeries5,
  kSeries6,
};

class StyledText {
 public:
  StyledText() = default;
  // Implicit, so that plain cells of a table read as plain text.
  StyledText(std::string_view text, Style style = Style::kPlain) { Append(text, style); }
  StyledText(const char* text) : StyledText(std::string_view(text)) {}
  StyledText(const std::string& text) : StyledText(std::string_view(text)) {}

  void Append(std::string_view text, Style style = Style::kPlain);

  bool empty() const { return text_.empty(); }
  // Without colours.
  const std::string& text() const { return text_; }
  int Width() const;

  // Lines of at most `width` cells, broken at spaces and, where a word is longer than a line,
  // between characters. At least one line, which may be empty; `width` below 1 means no limit.
  std::vector<StyledText> Wrap(int width) const;

  // The beginning that fits into `width` cells, with "…" (or "...") where something is cut off;
  // never part of a user-perceived character.
  StyledText Truncated(int width, Charset charset = Charset::kUtf8) const;

  std::string Render(ColorMode color) const;

 private:
  struct Run {
    size_t end = 0;  // in text_; begins where the run before ends
    Style style = Style::kPlain;
  };

  StyledText Slice(size_t begin, size_t end) const;

  std::string text_;
  std::vector<Run> runs_;
};

}  // namespace electra::client
