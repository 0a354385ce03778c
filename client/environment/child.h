// Other programs, started from here. Free functions without state.
//
//   ASSIGN_OR_RETURN(const pid_t child, StartChild({"sort", path}, {.out = sorted}));
//   const int status = AwaitChild(child);
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace electra::client {

struct ChildOptions {
  // Files for standard input, output and error, the last two emptied or made for this user alone.
  // Empty: this process's own.
  std::string in = {};
  std::string out = {};
  std::string err = {};
  bool is_apart = false;  // has a session of its own, and so survives this process's terminal
};

// Runs a program, found as a shell finds it, with its arguments. Its signals are as a new process
// expects them: here they are blocked for a thread that takes them. FailedPrecondition: it cannot be
// run.
absl::StatusOr<pid_t> StartChild(const std::vector<std::string>& words,
                                 const ChildOptions& options = {});

// The exit status that `status` of waitpid means, or 128 where a signal ended the child.
int ExitStatus(int status);

// Blocks until the child has ended; ExitStatus, or 128 where it is not known.
int AwaitChild(pid_t child);

}  // namespace electra::client
