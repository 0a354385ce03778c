#include "client/environment/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

constexpr int kUnknownEnd = 128;

void AddStreams(const ChildOptions& options, posix_spawn_file_actions_t* actions) {
  constexpr int kNew = O_WRONLY | O_CREAT | O_TRUNC;
  const auto add = [&](int descriptor, const std::string& path, int flags) {
    if (path.empty()) return;
    posix_spawn_file_actions_addopen(actions, descriptor, path.c_str(), flags, 0600);
  };
  add(STDIN_FILENO, options.in, O_RDONLY);
  add(STDOUT_FILENO, options.out, kNew);
  add(STDERR_FILENO, options.err, kNew);
}

}  // namespace

absl::StatusOr<pid_t> StartChild(const std::vector<std::string>& words,
                                 const ChildOptions& options) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  const int session = options.is_apart ? POSIX_SPAWN_SETSID : 0;
  posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | session));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  AddStreams(options, &actions);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, words.front().c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error == 0) return child;
  return FailedPrecondition(kPhrases.cannot_run, Visible(words.front()), SystemReason(error));
}

int ExitStatus(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : kUnknownEnd; }

int AwaitChild(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return kUnknownEnd;
  }
  return ExitStatus(status);
}

}  // namespace electra::client
