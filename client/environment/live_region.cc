#include "client/environment/live_region.h"

#include "absl/strings/str_cat.h"

namespace electra::client {
namespace {

// A terminal that knows mode 2026 shows a frame when it is complete, others pass over it.
constexpr std::string_view kBeginFrame = "\x1b[?2026h";
constexpr std::string_view kEndFrame = "\x1b[?2026l";
constexpr std::string_view kHideCursor = "\x1b[?25l";
constexpr std::string_view kShowCursor = "\x1b[?25h";
constexpr std::string_view kNoWrap = "\x1b[?7l";
constexpr std::string_view kWrap = "\x1b[?7h";
constexpr std::string_view kEraseLineRest = "\x1b[K";
constexpr std::string_view kEraseScreenRest = "\x1b[J";
// From the first column on. Terminals that must erase the whole screen keep its text in their
// history; the blank makes it less than the whole screen.
constexpr std::string_view kEraseRows = "\r \x1b[J\r";
constexpr std::string_view kToBottom = "\x1b[999B";  // it stops there

void AppendUp(size_t rows, std::string& out) {
  if (rows > 0) absl::StrAppend(&out, "\x1b[", rows, "A");
}

}  // namespace

std::string LiveRegion::Frame(std::string_view log, const std::vector<std::string>& rows,
                              Window window) {
  std::string out(kBeginFrame);
  const bool moves = !open_ || window == Window::kResized || rows.size() != rows_ || !log.empty();
  if (!open_) out += kHideCursor;
  open_ = true;
  out += '\r';
  if (!log.empty()) out.append(kEraseRows).append(log);
  if (place_ == Place::kBottom && moves) {
    if (log.empty()) out += kEraseRows;
    const size_t below = rows.empty() ? 0 : rows.size() - 1;
    out.append(below, '\n').append(kToBottom);  // newlines make room where there is none
    AppendUp(below, out);
    out += '\r';
  }
  // Without wrapping, each row takes one line, even if the window has just become narrower.
  out += kNoWrap;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) out += '\n';
    out.append(rows[i]).append(kEraseLineRest);
  }
  out.append(kEraseScreenRest).append(kWrap);
  AppendUp(rows.empty() ? 0 : rows.size() - 1, out);
  out.append("\r").append(kEndFrame);
  rows_ = rows.size();
  return out;
}

std::string LiveRegion::Close() {
  std::string out;
  if (!open_) return out;
  // Newlines, which also scroll if the window has become lower.
  out.append(rows_, '\n');
  out.append(kShowCursor);
  open_ = false;
  rows_ = 0;
  return out;
}

}  // namespace electra::client
