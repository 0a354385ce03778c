// Everything that a command touches outside of itself and the server, given from outside.
//
// main() fills it from the process; tests fill it with string streams, a fixed clock and waits that
// return at once. Not thread-safe, except `interruption`. Ownership: borrows.
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/environment/interruption.h"
#include "client/environment/terminal.h"
#include "client/text/styled_text.h"

namespace electra::client {

struct Output {
  std::ostream* stream = nullptr;
  bool is_terminal = false;
  ColorMode color = ColorMode::kOff;
  // Asked again for each line, because windows change. Meaningless where is_terminal is false.
  std::function<int()> width = [] { return 80; };

  bool wide = false;  // tables are as wide as their content
  Charset charset = Charset::kUtf8;

  // For renderers; 0 is "no limit".
  int RenderWidth() const { return is_terminal ? width() : 0; }
  int TableWidth() const { return wide ? 0 : RenderWidth(); }
};

struct Environment {
  std::istream* in = nullptr;  // standard input
  Output out;
  Output err;
  std::function<absl::Time()> now;
  // Returns early when interrupted.
  std::function<void(absl::Duration)> wait;
  std::function<double()> random;  // uniform in [0, 1)
  std::function<std::optional<std::string>(const std::string& name)> variable;
  // A line that is not shown while it is typed.
  std::function<absl::StatusOr<std::string>(const std::string& prompt)> read_secret;
  // The answer typed after a question. FailedPrecondition: nobody can be asked.
  std::function<absl::StatusOr<std::string>(const std::string& question)> ask;
  // A text as edited in the user's editor.
  std::function<absl::StatusOr<std::string>(const std::string& text)> edit;
  absl::TimeZone zone = absl::UTCTimeZone();
  Interruption* interruption = nullptr;
  Terminal* terminal = nullptr;  // none: no text is overwritten in place, no key is read
};

}  // namespace electra::client
