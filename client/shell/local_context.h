// The context of a command that does not need a server: `context`, `completion`, `man`.
//
// Not thread-safe. Ownership: borrows everything.
#pragma once

#include <ostream>

#include "absl/status/status.h"
#include "client/environment/environment.h"
#include "client/i18n/labels.h"
#include "client/rpc/failure.h"
#include "client/settings/settings.h"
#include "client/shell/command_context.h"
#include "client/shell/command_info.h"

namespace electra::client {

struct LocalContext {
  Environment& environment;
  const GlobalOptions& options;
  const CommandInfo& program;  // all commands, all options
  Language language = Language::kEnglish;
  OutputFormat format = OutputFormat::kText;

  std::ostream& out() const { return *environment.out.stream; }
  ExitCode Fail(const absl::Status& status) const {
    return Report(environment.err, LocalFailure(status, language));
  }
};

}  // namespace electra::client
