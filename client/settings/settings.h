// Which server a call uses, and how. In order of precedence: command line options, environment
// variables, the context in use, the file's defaults, built-in values.
//
//   absl::StatusOr<Settings> settings = ResolveSettings(options, environment.variable);
//
// Thread safety: pure functions, apart from reading the user's files.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client/i18n/phrases.h"
#include "client/settings/config_file.h"
#include "client/settings/credentials.h"
#include "core/base/safe_text.h"

namespace electra::client {

using Variables = std::function<std::optional<std::string>(const std::string& name)>;

// The options of this call; empty: not given.
struct GlobalOptions {
  std::string server;
  std::string context;
  std::string language;
  std::string color = "auto";  // always, never
  std::optional<double> timeout_seconds;
  int keepalive_seconds = 30;
  bool json = false;
  bool wide = false;
  Cells cells = Cells::kSafe;
  Access access;
};

// A value, and where it comes from, for `electra context show`.
struct Sourced {
  std::string value;
  Bilingual source;
};

// The proxy between here and a server (proxy.h).
struct Proxy {
  std::string variable;  // that names it: "http_proxy"
  std::string uri;       // empty: there is none
};

struct Settings {
  std::string context;  // empty: none in use
  Sourced server;
  Sourced language;  // ko, en
  Sourced ca;        // given, or of the context; empty: neither
  Sourced timeout;   // seconds
  Sourced model;     // for `submit`; empty: the server's default
  double timeout_seconds = 30;
  int keepalive_seconds = 30;
  Access access;  // with values from `electra login`
  Proxy proxy;
  std::string trace_parent;  // from TRACEPARENT; empty: unset or invalid
};

absl::StatusOr<Settings> ResolveSettings(const GlobalOptions& options, const Variables& variable);

// Only the language, whatever else is wrong: for errors.
Language ResolveLanguage(const GlobalOptions& options, const Variables& variable);

}  // namespace electra::client
