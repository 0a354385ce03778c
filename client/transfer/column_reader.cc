#include "client/transfer/column_reader.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/environment/child.h"
#include "client/environment/progress_line.h"
#include "client/files/local_file.h"
#include "client/i18n/phrases.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

constexpr int64_t kMostComplaint = 1 << 20;
// As read_column.py has them.
constexpr int kNoLibrary = 3;
constexpr int kProblem = 4;
constexpr absl::Duration kLookEvery = absl::Milliseconds(50);

// Its exit status, or 128 where a signal ended it.
int Await(Environment& environment, pid_t child, const std::string& name, const std::string& out) {
  ProgressLine progress(environment.err, environment.now);
  bool is_told = false;
  for (int status = 0;;) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return ExitStatus(status);
    if (ended < 0 && errno != EINTR) return 128;
    if (environment.interruption->triggered() && !is_told) {
      kill(child, SIGTERM);
      is_told = true;
    }
    struct stat facts = {};
    if (stat(out.c_str(), &facts) == 0) {
      progress.Update(absl::StrCat(name, " ", FormatBytes(facts.st_size)));
    }
    absl::SleepFor(kLookEvery);
  }
}

// The script's error message.
absl::Status Worded(const std::string& name, const std::string& column,
                    const std::string& complaint) {
  const auto facts = nlohmann::json::parse(complaint, nullptr, /*allow_exceptions=*/false);
  if (!facts.is_object()) return FailedPrecondition(kPhrases.not_columns, name, Visible(complaint));
  const auto text = [&](const char* key) {
    return facts.contains(key) && facts[key].is_string() ? Visible(facts[key].get<std::string>())
                                                         : std::string();
  };
  const std::string file = BaseName(text("file"));
  if (text("problem") == "no_column") {
    std::vector<std::string> names;
    for (const auto& one : facts.value("columns", nlohmann::json::array())) {
      if (one.is_string()) names.push_back(one.get<std::string>());
    }
    return column.empty() ? InvalidArgument(kPhrases.name_column, file, ListedNames(names))
                          : InvalidArgument(kPhrases.no_column, file, column, ListedNames(names));
  }
  if (text("problem") == "not_text") {
    return InvalidArgument(kPhrases.column_not_text, file, Visible(column), text("type"));
  }
  return FailedPrecondition(kPhrases.not_columns, file, text("why"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ScratchFile>> ReadColumn(Environment& environment,
                                                        const std::string& name,
                                                        const std::vector<CorpusFile>& files,
                                                        const std::string& column) {
  ASSIGN_OR_RETURN(ScratchFile samples, ScratchFile::Create("samples.jsonl"));
  ASSIGN_OR_RETURN(const ScratchFile complaint, ScratchFile::Create("complaint.json"));
  const std::optional<std::string> chosen = environment.variable("ELECTRA_PYTHON");
  const std::string python = chosen && !chosen->empty() ? *chosen : "python3";
  std::vector<std::string> words = {python, "-c", std::string(ColumnScript()), column};
  for (const CorpusFile& file : files) words.push_back(file.path);
  const absl::StatusOr<pid_t> child =
      StartChild(words, {.in = "/dev/null", .out = samples.path(), .err = complaint.path()});
  if (!child.ok() && chosen) return child.status();
  if (!child.ok()) return FailedPrecondition(kPhrases.needs_pyarrow, name);
  const int status = Await(environment, *child, name, samples.path());
  if (environment.interruption->triggered()) {
    return LocalError(absl::StatusCode::kCancelled, kPhrases.interrupted);
  }
  if (status == 0) return std::make_unique<ScratchFile>(std::move(samples));
  if (status == kNoLibrary) return FailedPrecondition(kPhrases.needs_pyarrow, name);
  ASSIGN_OR_RETURN(const std::string said, ReadWhole(complaint.path(), kMostComplaint));
  if (status == kProblem) return Worded(name, column, said);
  // The last line of Python's error output names the error.
  const size_t end = said.find_last_not_of('\n');
  const size_t begin = end == std::string::npos ? end : said.rfind('\n', end);
  const std::string last = end == std::string::npos ? "" : said.substr(begin + 1, end - begin);
  return FailedPrecondition(kPhrases.not_columns, name, Visible(last));
}

}  // namespace electra::client
