// Rows at the end of a terminal's log that are written over in place.
//
//   LiveRegion region;
//   out << region.Frame("step 10: sample ...\n", {"45%", "loss 2.2"});
//   out << region.Frame("", {"46%", "loss 2.1"});
//   out << region.Close();
//
// The log scrolls up into the terminal's history; the rows stay below it. Between two frames, the
// hidden cursor is at the beginning of the first row. Terminals that rewrap lines on a change of
// width keep it there, so that the next frame begins at the rows, whatever happened to the lines.
// Some, such as tmux, also rewrap blank lines below the rows, and push as many lines from the top
// of the screen into the history, with the rows: with few rows and little log, it is better to keep
// the rows at the bottom of the screen.
//
// Not thread-safe. Only makes text; writing it is the caller's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace electra::client {

// Shows the cursor, wraps long lines again and erases everything below the cursor: for a process
// that ends between two frames.
inline constexpr std::string_view kLeaveRegion = "\x1b[?7h\x1b[?25h\r \x1b[J\r";

enum class Place { kBelowLog, kBottom };
enum class Window { kSame, kResized };  // since the last frame

class LiveRegion {
 public:
  explicit LiveRegion(Place place = Place::kBelowLog) : place_(place) {}

  // `log` is empty or whole lines and goes above the rows. The rows do not contain newlines; text
  // beyond the terminal's width is not shown.
  std::string Frame(std::string_view log, const std::vector<std::string>& rows,
                    Window window = Window::kSame);

  // The rows stay as they are and become part of the log; the cursor goes below them and is shown.
  std::string Close();

 private:
  const Place place_;
  size_t rows_ = 0;  // of the last frame
  bool open_ = false;
};

}  // namespace electra::client
