#include "client/live/live_screen.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace electra::client {
namespace {

constexpr absl::Duration kShortestInterval = absl::Milliseconds(100);
constexpr absl::Duration kLongestInterval = absl::Seconds(1);  // clocks go on
constexpr size_t kMostWaiting = 1 << 20;

}  // namespace

LiveScreen::LiveScreen(Options options)
    : options_(std::move(options)), region_(options_.place), thread_([this] { Run(); }) {}

LiveScreen::~LiveScreen() { Finish(); }

bool LiveScreen::HasRoom() const { return log_.size() < kMostWaiting || finishing_; }

void LiveScreen::Print(std::string_view lines) {
  {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &LiveScreen::HasRoom));
    log_ += lines;
    changed_ = true;
  }
  options_.terminal.Wake();
}

void LiveScreen::Refresh() {
  {
    absl::MutexLock lock(&mutex_);
    // One wake-up a frame is enough.
    if (std::exchange(changed_, true)) return;
  }
  options_.terminal.Wake();
}

void LiveScreen::Finish() {
  {
    absl::MutexLock lock(&mutex_);
    finishing_ = true;
  }
  options_.terminal.Wake();
  if (thread_.joinable()) thread_.join();
}

void LiveScreen::Run() {
  options_.terminal.Enter();
  size_ = options_.terminal.Size();
  absl::Time last_drawn = absl::InfinitePast();
  while (true) {
    bool changed;
    {
      absl::MutexLock lock(&mutex_);
      if (finishing_) break;
      changed = changed_;
    }
    const absl::Time due = last_drawn + (changed ? kShortestInterval : kLongestInterval);
    const absl::Time now = absl::Now();
    if (now >= due) {
      Draw();
      last_drawn = now;
      continue;
    }
    Obey(options_.terminal.Wait(due - now));
  }
  Draw();
  *options_.output.stream << region_.Close() << std::flush;
  options_.terminal.Leave();
}

void LiveScreen::Draw() {
  std::string log;
  {
    absl::MutexLock lock(&mutex_);
    log.swap(log_);
    changed_ = false;
  }
  const ScreenSize before = size_;
  std::vector<std::string> rows;
  // Rows of a higher window would scroll into the history of one that has become lower meanwhile.
  do {
    size_ = options_.terminal.Size();
    rows = options_.rows(size_);
  } while (options_.terminal.Size() != size_);
  const Window window = size_ == before ? Window::kSame : Window::kResized;
  *options_.output.stream << region_.Frame(log, rows, window) << std::flush;
}

void LiveScreen::Obey(const Happening& happening) {
  if (happening.stop) StopUntilContinued();
  if (happening.keys.find_first_of("qQ") != std::string::npos) options_.quit();
  if (options_.terminal.Size() != size_) Refresh();
}

void LiveScreen::StopUntilContinued() {
  *options_.output.stream << region_.Close() << std::flush;
  options_.terminal.Leave();
  Terminal::StopProcess();
  options_.terminal.Enter();
  Refresh();
}

}  // namespace electra::client
