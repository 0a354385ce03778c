// The commands of `electra`: each says what it takes and what runs it, in its own file.
//
// Not thread-safe: one command at a time a context. Ownership: borrows the context.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/environment/exit_code.h"
#include "client/shell/command_context.h"
#include "client/shell/command_info.h"
#include "client/shell/local_context.h"
#include "client/shell/options.h"

namespace electra::client {

// Columns of a plot where there is no terminal.
inline constexpr int kPlotWidth = 80;

// For a call of inference: a large model takes its time beside a job that trains on the same
// processor.
inline constexpr absl::Duration kLongestAnswer = absl::Minutes(10);

void AddCancel(Command& program);
void AddCompare(Command& program);
void AddConfig(Command& program);  // job files: init, explain, validate
void AddCorpora(Command& program);
void AddDelete(Command& program);
void AddEmbed(Command& program);
void AddExport(Command& program);
void AddGc(Command& program);
void AddHistory(Command& program);
void AddHyperparameters(Command& program);
void AddJob(Command& program);
void AddJobLabels(Command& program);  // tag, note and rename
void AddJobs(Command& program);
void AddLogin(Command& program);  // and logout
void AddMetrics(Command& program);
void AddModel(Command& program);  // import, download, delete
void AddModels(Command& program);
void AddPause(Command& program);
void AddReport(Command& program);
void AddResume(Command& program);
void AddSamples(Command& program);
void AddStatus(Command& program);
void AddSubmit(Command& program);
void AddToken(Command& program);
void AddTry(Command& program);
void AddUnload(Command& program);
void AddWatch(Command& program);

// Commands that need no server.
void AddCompletion(Command& program);
void AddContext(Command& program);
void AddMan(Command& program);

// What commands have of each other.

// kLive: rows that change in place, where standard output is a terminal that can do that.
enum class WatchForm { kLive, kPlain };

struct WatchJobOptions {
  std::string job;
  int64_t after_sequence = 0;
  WatchForm form = WatchForm::kLive;
};
ExitCode RunWatch(CommandContext& context, const WatchJobOptions& options);
// `electra watch --follow-all`.
ExitCode RunFollowAll(CommandContext& context, WatchForm form);

// `electra job retry JOB`.
ExitCode RunRetry(CommandContext& context, const std::string& job);

// `electra __complete WORD...`: the candidates for the last word, a line each.
ExitCode RunComplete(Environment& environment, const CommandInfo& program,
                     const std::vector<std::string>& words);

}  // namespace electra::client
