// A scrolling log with rows below it that change in place, drawn by a thread of its own.
//
//   LiveScreen screen({.terminal = terminal, .output = environment.out,
//                      .rows = [&](ScreenSize size) { return view.Rows(size); },
//                      .quit = [&] { interruption.Trigger(); }});
//   screen.Print("a line of the log\n");
//   screen.Refresh();       // the rows have changed
//   screen.Finish();        // the last rows stay
//
// The thread is the only one that touches the terminal: it draws, at most ten times a second and
// at least once, reads keys (`q` calls quit()), and follows changes of the window's size. Rows come
// from the callback on that thread; the callback must guard the data it reads.
//
// Thread-safe. Ownership: borrows terminal and output.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "client/environment/environment.h"
#include "client/environment/live_region.h"
#include "client/environment/terminal.h"

namespace electra::client {

class LiveScreen {
 public:
  struct Options {
    Terminal& terminal;
    Output& output;
    std::function<std::vector<std::string>(ScreenSize)> rows;
    std::function<void()> quit;
    Place place = Place::kBelowLog;  // of the rows
  };

  explicit LiveScreen(Options options);
  ~LiveScreen();  // like Finish()
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  // Whole lines. Waits while the terminal lags far.
  void Print(std::string_view lines);
  void Refresh();
  // Draws the rest, restores the terminal's modes and ends the thread.
  void Finish();

 private:
  void Run();
  void Draw();
  void Obey(const Happening& happening);
  void StopUntilContinued();
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;

  // The thread's own.
  LiveRegion region_;
  ScreenSize size_;

  mutable absl::Mutex mutex_;
  std::string log_ ABSL_GUARDED_BY(mutex_);  // not drawn yet
  bool changed_ ABSL_GUARDED_BY(mutex_) = true;
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // last: it uses everything above
};

}  // namespace electra::client
