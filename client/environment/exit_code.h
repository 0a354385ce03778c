// The exit status of `electra`, for scripts.
#pragma once

namespace electra::client {

enum class ExitCode : int {
  kDone = 0,
  kJobFailed = 1,      // the watched job FAILED or was CANCELLED
  kUsage = 2,          // arguments, local files, output that cannot be written
  kRefused = 3,        // the server said no
  kNoServer = 4,       // nobody answered
  kInterrupted = 130,  // Ctrl-C
};

}  // namespace electra::client
