// The daemon's log: one line an event, as key=value pairs behind time and level, on stderr.
//
//   Log(LogLevel::kInfo, "job_started", {{"job", name}, {"device", device}});
//
// Thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace electra {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogField = std::pair<std::string_view, std::string>;

// False for a name that is none of debug, info, warning, error. Call before threads start.
bool SetLogLevel(std::string_view name);

// Values with spaces, quotes or control characters are quoted and escaped, so that one event stays
// one line whatever a user sent.
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace electra
