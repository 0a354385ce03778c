// What every command gets: the outside world, the server, and the global options.
//
// Not thread-safe. Ownership: borrows environment and connection.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "client/environment/environment.h"
#include "client/environment/terminal.h"
#include "client/i18n/labels.h"
#include "client/rpc/call_outcome.h"
#include "client/rpc/connection.h"
#include "client/rpc/failure.h"
#include "client/settings/credentials.h"
#include "core/base/safe_text.h"

namespace electra::client {

enum class OutputFormat { kText, kJson };

struct CommandContext {
  Environment& environment;
  Connection& connection;
  Access access;  // of the connection
  Language language = Language::kEnglish;
  OutputFormat format = OutputFormat::kText;
  Cells cells = Cells::kSafe;  // of lists in a pipe and of CSV files
  std::string model;           // for `submit` where none is named; empty: the server's default
  std::string invocation = "electra";  // how to call this client again, with its --server

  const Labels& labels() const { return LabelsFor(language); }
  // Where a live view can be drawn, else null: then there is a log.
  Terminal* LiveTerminal() const;
  std::ostream& out() const { return *environment.out.stream; }

  // Tells the user and returns the exit code. An interrupted call is not an error: it prints
  // nothing.
  ExitCode Fail(const absl::Status& status) const;
  ExitCode Fail(const grpc::Status& status) const;
  ExitCode Fail(const CallOutcome& outcome) const;
};

}  // namespace electra::client
