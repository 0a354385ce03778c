// What a command gets that needs no server: `context`, `completion`, `man`.
//
// Thread safety: one thread. Ownership: borrows everything.
#pragma once

#include <functional>
#include <ostream>

#include "absl/status/status.h"
#include "client/command_context.h"
#include "client/environment.h"
#include "client/failure.h"
#include "client/render/labels.h"
#include "client/settings.h"

namespace CLI {
class App;
}

namespace electra::client {

struct LocalContext {
  Environment& environment;
  const GlobalOptions& options;
  const CLI::App& app;  // the whole program: all commands, all options
  Language language = Language::kEnglish;
  OutputFormat format = OutputFormat::kText;

  std::ostream& out() const { return *environment.out.stream; }
  ExitCode Fail(const absl::Status& status) const {
    return Report(environment.err, LocalFailure(status, language));
  }
};

using LocalRunner = std::function<ExitCode(LocalContext&)>;

}  // namespace electra::client
