// The commands of `electra`: each one declares its options and its action in its own file.
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
#include "electra/v1/model.pb.h"

namespace electra::client {

// Columns of a plot without a terminal.
inline constexpr int kPlotWidth = 80;

// For inference calls: a large model is slow while a job trains on the same processor.
inline constexpr absl::Duration kLongestAnswer = absl::Minutes(10);

// Notes for the user on how a model was read, on standard error.
void SayNotes(const CommandContext& context, const v1::Model& model);

// Groups of commands.
void AddConfig(Command& parent);  // job files: init, explain, validate
void AddContext(Command& parent);
void AddCorpus(Command& parent);
void AddJob(Command& parent);
void AddModel(Command& parent);
void AddServer(Command& parent);
void AddToken(Command& parent);

// Commands of `electra job`; some have short forms, too.
void AddCancel(Command& parent);
void AddDelete(Command& parent);
void AddJobLabels(Command& parent);  // tag, note and rename
void AddJobList(Command& parent, const std::string& name);
void AddPause(Command& parent);
void AddResume(Command& parent);
void AddRetry(Command& parent);
void AddWatch(Command& parent);

// Other groups.
void AddGc(Command& parent);
void AddModelList(Command& parent, const std::string& name);
void AddStatus(Command& parent);
void AddUnload(Command& parent);

void AddCompare(Command& parent);
void AddEmbed(Command& parent);
void AddExport(Command& parent);
void AddFinetune(Command& parent);
void AddHistory(Command& parent);
void AddHyperparameters(Command& parent);
void AddLogin(Command& parent);  // and logout
void AddMetrics(Command& parent);
void AddReport(Command& parent);
void AddSamples(Command& parent);
void AddSubmit(Command& parent);
void AddTry(Command& parent);
void AddUi(Command& parent);

// Commands that need no server.
void AddCompletion(Command& parent);
void AddHelp(Command& parent);
void AddMan(Command& parent);

// `electra corpora`, and `electra corpora delete`: the old spellings.
void AddOldCorpora(Command& parent);

// What commands use of each other.

// kLive: rows that change in place, where standard output is a terminal that can do that.
enum class WatchForm { kLive, kPlain };

// kDesktop: a notification, and the terminal's bell.
enum class EndAlert { kNone, kDesktop };

struct WatchJobOptions {
  std::string job;
  int64_t after_sequence = 0;
  WatchForm form = WatchForm::kLive;
  EndAlert alert = EndAlert::kNone;
};
ExitCode RunWatch(CommandContext& context, const WatchJobOptions& options);
// `electra watch --follow-all`.
ExitCode RunFollowAll(CommandContext& context, WatchForm form);

// `electra __complete WORD...`: the candidates for the last word, a line each.
ExitCode RunComplete(Environment& environment, const CommandInfo& program,
                     const std::vector<std::string>& words);

}  // namespace electra::client
