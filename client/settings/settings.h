// With whom a call speaks, and how: options of the command line over environment variables over the
// context in use over the file's defaults over what is built in.
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

// What was given with this call; empty: nothing.
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

// What stands between here and a server (proxy.h).
struct Proxy {
  std::string variable;  // that names it: "http_proxy"
  std::string uri;       // empty: there is none
};

struct Settings {
  std::string context;  // empty: none in use
  Sourced server;
  Sourced language;  // ko, en
  Sourced ca;        // of the context or given; empty: none of these
  Sourced timeout;   // seconds
  Sourced model;     // for `submit`; empty: the server's default
  double timeout_seconds = 30;
  int keepalive_seconds = 30;
  Access access;  // with what `electra login` kept
  Proxy proxy;
  std::string trace_parent;  // of TRACEPARENT; empty: it is not set, or is none
};

absl::StatusOr<Settings> ResolveSettings(const GlobalOptions& options, const Variables& variable);

// The language alone, whatever else is wrong: for errors.
Language ResolveLanguage(const GlobalOptions& options, const Variables& variable);

}  // namespace electra::client
