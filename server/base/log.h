// The daemon's log: one line an event on stderr, as key=value pairs behind time and level, or as a
// JSON object.
//
// Nobody waits for who reads stderr: lines that are not taken are dropped, counted, and their number
// is the event log_lines_dropped (log_writer.h).
//
//   const LogScope scope({{"job", name}});   // in every line of this thread from here on
//   Log(LogLevel::kInfo, "job_started", {{"device", device}});
//
// Thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace electra::server {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogField = std::pair<std::string_view, std::string>;

// False for a name that is none of debug, info, warning, error.
bool SetLogLevel(std::string_view name);

// False for a name that is none of text, json.
bool SetLogFormat(std::string_view name);

// Values with spaces, quotes, control characters (C0, DEL and C1), characters that reorder text or
// bytes that are not UTF-8 are quoted and escaped, so that one event stays one line, and no terminal
// acts upon it, whatever a user sent.
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// Before the process ends without static destructors, as by _exit(): what waits to be written is
// written, or given up after a second.
void FlushLog();

// Fields of all lines of this process, as its rank in a launch. Before other threads start.
void SetLogFields(std::vector<LogField> fields);

// Fields of all lines that this thread logs while the scope lives; scopes nest. Keys are literals.
class LogScope {
 public:
  explicit LogScope(std::vector<LogField> fields);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

 private:
  size_t outer_fields_;
};

}  // namespace electra::server
