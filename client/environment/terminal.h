// The terminal that a live view is drawn on: its size, its modes, and what happens at it.
//
//   Terminal terminal(STDIN_FILENO, STDOUT_FILENO);
//   terminal.Enter();                                    // keys come one by one and are not shown
//   const Happening happening = terminal.Wait(absl::Seconds(1));
//   if (happening.keys == "q") ...
//   terminal.Leave();                                    // as it was found
//
// Thread safety: Enter(), Leave() and Wait() belong to one thread, the one that draws. Wake() and
// AskToStop() may be called from any thread; Restore() from a signal handler too.
// Ownership: borrows the descriptors, which must outlive it.
#pragma once

#include <termios.h>

#include <atomic>
#include <string>

#include "absl/time/time.h"

namespace electra::client {

struct ScreenSize {
  int columns = 80;
  int rows = 24;
  friend bool operator==(const ScreenSize&, const ScreenSize&) = default;
};

// Why a wait ended; nothing: the time is over.
struct Happening {
  std::string keys;   // as they were typed
  bool stop = false;  // somebody wants the process to stop, as Ctrl-Z does
};

class Terminal {
 public:
  Terminal(int input, int output);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Whether rows can be written over in place: the output is a terminal that has cursor movements
  // (`type` is what TERM says), and this process is the one in front of it.
  bool CanDraw(const std::string& type) const;
  // 80 x 24 where the size is unknown.
  ScreenSize Size() const;

  void Enter();
  void Leave();
  // Returns early for a key, a Wake() and an AskToStop().
  Happening Wait(absl::Duration duration);
  // Stops the process until somebody continues it, unless nobody could. The caller leaves and
  // enters modes. From any thread.
  static void StopProcess();

  void Wake();
  // False if nobody draws: then the process may be stopped at once.
  bool AskToStop();
  // Puts modes and cursor back where the process ends without Leave().
  void Restore();

 private:
  void Send(char message);

  const int input_;
  const int output_;
  int messages_[2] = {-1, -1};  // a pipe for messages of other threads
  bool keys_end_ = false;       // nothing more can be typed
  termios found_ = {};          // set before has_modes_
  std::atomic<bool> has_modes_ = false;
  std::atomic<bool> entered_ = false;
};

}  // namespace electra::client
