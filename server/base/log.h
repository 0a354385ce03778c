// The daemon's log: one line per event on stderr, as time, level and key=value pairs, or as a JSON
// object.
//
// No thread waits for the reader of stderr: lines that it does not take are dropped and counted,
// and the event log_lines_dropped has their number (log_writer.h).
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

// False for a name other than debug, info, warning and error.
bool SetLogLevel(std::string_view name);

// False for a name other than text and json.
bool SetLogFormat(std::string_view name);

// Values with spaces, quotes, control characters (C0, DEL and C1), characters that reorder text or
// bytes that are not UTF-8 are quoted and escaped, so that one event stays one line on which no
// terminal acts.
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// Writes the waiting lines, or gives up after a second. For a process that ends without static
// destructors, as by _exit().
void FlushLog();

// Sets fields of all lines of this process, such as its rank in a launch. Call it before other
// threads start.
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
