// Rows at the end of a terminal's log that are written over in place.
//
//   LiveRegion region;
//   out << region.Frame("step 10: sample ...\n", {"45%", "loss 2.2"});
//   out << region.Frame("", {"46%", "loss 2.1"});
//   out << region.Close();
//
// The log scrolls up into the terminal's history; the rows stay below it. Between two frames the
// cursor stands, unseen, at the first row's beginning. Terminals that wrap lines anew when they
// change their width keep it there, so that the next frame begins where the rows do, whatever
// became of the lines. Some, as tmux does, wrap blank lines below the rows anew as well and push as
// many from the top of the screen into the history, and the rows with them: with few rows and little
// log it is better that the rows stand at the bottom of the screen.
//
// Not thread-safe. Only makes text; writing it is the caller's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace electra::client {

// Cursor seen, long lines wrapped again, what stands below the cursor erased: for a process that
// ends between two frames.
inline constexpr std::string_view kLeaveRegion = "\x1b[?7h\x1b[?25h\r \x1b[J\r";

enum class Place { kBelowLog, kBottom };
enum class Window { kSame, kResized };  // since the last frame

class LiveRegion {
 public:
  explicit LiveRegion(Place place = Place::kBelowLog) : place_(place) {}

  // `log` is empty or whole lines and goes above the rows. The rows hold no newline; what of them
  // is beyond the terminal's width is not shown.
  std::string Frame(std::string_view log, const std::vector<std::string>& rows,
                    Window window = Window::kSame);

  // The rows stay as they are and become part of the log; the cursor goes below them and is seen.
  std::string Close();

 private:
  const Place place_;
  size_t rows_ = 0;  // of the last frame
  bool open_ = false;
};

}  // namespace electra::client
