#include "server/base/log.h"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/safe_text.h"
#include "server/base/log_writer.h"

namespace electra::server {
namespace {

enum class LogFormat { kText, kJson };

std::atomic<LogFormat> log_format = LogFormat::kText;

std::vector<LogField> process_fields;  // constant once there are threads

thread_local std::vector<LogField> scope_fields;

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

constexpr std::pair<std::string_view, LogLevel> kLevels[] = {{"debug", LogLevel::kDebug},
                                                             {"info", LogLevel::kInfo},
                                                             {"warning", LogLevel::kWarning},
                                                             {"error", LogLevel::kError}};

std::string_view LevelName(LogLevel level) {
  for (const auto& [name, value] : kLevels) {
    if (value == level) return name;
  }
  return "error";
}

bool NeedsQuotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\\") != std::string_view::npos ||
         EscapeActive(value) != value;
}

std::string JsonText(const nlohmann::ordered_json& value) {
  return EscapeActive(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string TextLine(const std::vector<LogField>& fields) {
  std::string line;
  for (const auto& [key, value] : fields) {
    if (!line.empty()) line += ' ';
    line += key;
    line += '=';
    line += NeedsQuotes(value) ? JsonText(value) : value;
  }
  return line;
}

std::string JsonLine(const std::vector<LogField>& fields) {
  nlohmann::ordered_json object;
  for (const auto& [key, value] : fields) object[std::string(key)] = value;
  return JsonText(object);
}

std::string Line(const std::vector<LogField>& fields) {
  return log_format == LogFormat::kJson ? JsonLine(fields) : TextLine(fields);
}

// When, how bad and what.
std::vector<LogField> FirstFields(LogLevel level, std::string_view event) {
  return {{"time", absl::FormatTime("%Y-%m-%dT%H:%M:%E3S%Ez",
                                    absl::FromChrono(std::chrono::system_clock::now()),
                                    absl::LocalTimeZone())},
          {"level", std::string(LevelName(level))},
          {"event", std::string(event)}};
}

std::string LossLine(int64_t lines) {
  std::vector<LogField> fields = FirstFields(LogLevel::kWarning, "log_lines_dropped");
  fields.insert(fields.end(), process_fields.begin(), process_fields.end());
  fields.emplace_back("count", absl::StrCat(lines));
  fields.emplace_back("note", "nobody read stderr fast enough");
  return Line(fields) + "\n";
}

LogWriter& Writer() {
  static LogWriter writer(STDERR_FILENO, LossLine);
  return writer;
}

class WriterSink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string line(message.payload.data(), message.payload.size());
    Writer().Write(line += '\n');
  }
  void flush_() override {}
};

// spdlog filters; the lines are made here, whole.
spdlog::logger& Logger() {
  static spdlog::logger logger("electrad", std::make_shared<WriterSink>());
  return logger;
}

}  // namespace

bool SetLogLevel(std::string_view name) {
  for (const auto& [level_name, level] : kLevels) {
    if (level_name == name) {
      Logger().set_level(SpdlogLevel(level));
      return true;
    }
  }
  return false;
}

bool SetLogFormat(std::string_view name) {
  if (name != "text" && name != "json") return false;
  log_format = name == "json" ? LogFormat::kJson : LogFormat::kText;
  return true;
}

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!Logger().should_log(SpdlogLevel(level))) return;
  std::vector<LogField> all = FirstFields(level, event);
  all.insert(all.end(), process_fields.begin(), process_fields.end());
  all.insert(all.end(), fields.begin(), fields.end());
  for (const LogField& field : scope_fields) {
    // A line's own fields win over those of its scope.
    const bool is_said = std::any_of(all.begin(), all.end(), [&field](const LogField& said) {
      return said.first == field.first;
    });
    if (!is_said) all.push_back(field);
  }
  Logger().log(SpdlogLevel(level), spdlog::string_view_t(Line(all)));
}

void FlushLog() { Writer().Flush(absl::Seconds(1)); }

void SetLogFields(std::vector<LogField> fields) { process_fields = std::move(fields); }

LogScope::LogScope(std::vector<LogField> fields) : outer_fields_(scope_fields.size()) {
  for (LogField& field : fields) {
    if (!field.second.empty()) scope_fields.push_back(std::move(field));
  }
}

LogScope::~LogScope() { scope_fields.resize(outer_fields_); }

}  // namespace electra::server
