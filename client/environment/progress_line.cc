#include "client/environment/progress_line.h"

#include <algorithm>
#include <string>
#include <utility>

#include "client/text/display_width.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

constexpr absl::Duration kShortestInterval = absl::Milliseconds(100);
constexpr std::string_view kEraseLine = "\r\x1b[K";

}  // namespace

ProgressLine::ProgressLine(Output& output, std::function<absl::Time()> now)
    : output_(output), now_(std::move(now)) {}

ProgressLine::~ProgressLine() { Clear(); }

void ProgressLine::Update(std::string_view text) {
  if (!output_.is_terminal) return;
  if (shown_ && now_() - last_update_ < kShortestInterval) return;
  Show(text);
}

void ProgressLine::Show(std::string_view text) {
  if (!output_.is_terminal) return;
  const std::string visible = Visible(text);
  // The last cell stays free: a full line would make some terminals go on to the next one.
  const int room = std::max(output_.width() - 1, 1);
  *output_.stream << kEraseLine << TruncateToWidth(visible, room) << std::flush;
  last_update_ = now_();
  shown_ = true;
}

void ProgressLine::Clear() {
  if (!shown_) return;
  *output_.stream << kEraseLine << std::flush;
  shown_ = false;
}

}  // namespace electra::client
