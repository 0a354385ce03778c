// The commands of `electra`: what each takes, and what runs it.
//
// Every command has two functions in its own file: Add...() declares its options to the parser,
// Run...() does the work with options that are already parsed, and is what tests call:
//
//   ExitCode code = RunWatch(context, {.job = "7f3a", .after_sequence = 120});
//
// Thread safety: one command at a time a context. Ownership: borrows the context.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/environment/exit_code.h"
#include "client/files/output_place.h"
#include "client/shell/command_context.h"
#include "client/shell/local_context.h"

namespace CLI {
class App;
}

namespace electra::client {

// What the parser found: set by the one command that the arguments name.
using Runner = std::function<ExitCode(CommandContext&)>;

enum class AfterSubmit { kReturn, kWatch };
enum class SubmitMode { kQueue, kEstimate };

struct SubmitOptions {
  std::optional<std::string> corpus;  // a local file, or "corpora/{id}"
  std::optional<std::string> column;
  std::optional<std::string> format;
  std::optional<std::string> encoding;
  std::optional<std::string> on_invalid;
  std::optional<std::string> vocab;
  std::optional<std::string> model;
  std::optional<std::string> config;  // a job file that fills what is not given here
  std::vector<std::string> settings;  // "key=value", later ones win
  std::vector<std::string> sweeps;    // "key=value,value"; empty: one job
  SubmitMode mode = SubmitMode::kQueue;
  std::optional<std::string> name;
  std::optional<int32_t> priority;
  std::optional<std::string> probe;
  AfterSubmit after = AfterSubmit::kReturn;
};
void AddSubmit(CLI::App& app, Runner& runner);
ExitCode RunSubmit(CommandContext& context, const SubmitOptions& options);

// kLive: rows that change in place, where standard output is a terminal that can do that.
enum class WatchForm { kLive, kPlain };

struct WatchJobOptions {
  std::string job;
  int64_t after_sequence = 0;
  WatchForm form = WatchForm::kLive;
};
void AddWatch(CLI::App& app, Runner& runner);
ExitCode RunWatch(CommandContext& context, const WatchJobOptions& options);
// `electra watch --follow-all`.
ExitCode RunFollowAll(CommandContext& context, WatchForm form);

struct JobsOptions {
  int64_t limit = 50;
};
void AddJobs(CLI::App& app, Runner& runner);
ExitCode RunJobs(CommandContext& context, const JobsOptions& options);

struct JobOptions {
  std::string job;
};
void AddJob(CLI::App& app, Runner& runner);
ExitCode RunJob(CommandContext& context, const JobOptions& options);

// `electra pause JOB`, `electra resume JOB`, `electra job retry JOB` (declared with `job`).
void AddPause(CLI::App& app, Runner& runner);
ExitCode RunPause(CommandContext& context, const JobOptions& options);
void AddResume(CLI::App& app, Runner& runner);
ExitCode RunResume(CommandContext& context, const JobOptions& options);
ExitCode RunRetry(CommandContext& context, const JobOptions& options);

struct CancelOptions {
  std::string job;
};
void AddCancel(CLI::App& app, Runner& runner);
ExitCode RunCancel(CommandContext& context, const CancelOptions& options);

struct CorporaOptions {
  std::optional<std::string> delete_corpus;  // none: list them
};
void AddCorpora(CLI::App& app, Runner& runner);
ExitCode RunCorpora(CommandContext& context, const CorporaOptions& options);

void AddModels(CLI::App& app, Runner& runner);
ExitCode RunModels(CommandContext& context);

struct ModelImportOptions {
  std::string name;
  std::string generator;  // empty: without a generator
  std::string discriminator;
  bool on_server = false;  // the directories are the server's
};
ExitCode RunModelImport(CommandContext& context, const ModelImportOptions& options);

struct ModelDownloadOptions {
  std::string source;  // a job, or models/NAME
  std::string directory;
  int64_t step = 0;  // 0: the newest checkpoint
  std::string part = "both";
  std::string dtype = "float32";
};
ExitCode RunModelDownload(CommandContext& context, const ModelDownloadOptions& options);

ExitCode RunModelDelete(CommandContext& context, const std::string& name);

// The group `electra model`: import, download, delete.
void AddModel(CLI::App& app, Runner& runner);

void AddHyperparameters(CLI::App& app, Runner& runner);
ExitCode RunHyperparameters(CommandContext& context);

void AddStatus(CLI::App& app, Runner& runner);
ExitCode RunStatus(CommandContext& context);

enum class GcMode { kRemove, kCount };

struct GcOptions {
  GcMode mode = GcMode::kRemove;
};
void AddGc(CLI::App& app, Runner& runner);
ExitCode RunGc(CommandContext& context, const GcOptions& options);

// `electra unload`: the server lets go of the memory that it keeps for later jobs.
void AddUnload(CLI::App& app, Runner& runner);
ExitCode RunUnload(CommandContext& context);

struct HistoryOptions {
  std::string filter;
  std::string order_by;
  int64_t limit = 50;
};
void AddHistory(CLI::App& app, Runner& runner);
ExitCode RunHistory(CommandContext& context, const HistoryOptions& options);

struct SamplesOptions {
  std::string job;
  int64_t first_step = 0;
  int64_t last_step = 0;        // 0: to the end
  std::optional<int64_t> step;  // this one alone
  bool missed = false;
  bool suspected = false;
};
void AddSamples(CLI::App& app, Runner& runner);
ExitCode RunSamples(CommandContext& context, const SamplesOptions& options);

struct MetricsOptions {
  std::string job;
  int64_t first_step = 0;
  int64_t last_step = 0;   // 0: to the end
  int32_t max_points = 0;  // 0: every step, or as many as a plot shows
  bool plot = false;
};
void AddMetrics(CLI::App& app, Runner& runner);
ExitCode RunMetrics(CommandContext& context, const MetricsOptions& options);

struct CompareOptions {
  std::vector<std::string> jobs;
  std::string filter;  // instead of jobs
};
void AddCompare(CLI::App& app, Runner& runner);
ExitCode RunCompare(CommandContext& context, const CompareOptions& options);

struct TagOptions {
  std::string job;
  std::vector<std::string> changes;  // "KEY=VALUE" sets, "KEY-" removes; none: they are shown
  std::string etag;                  // of the job as it is changed; empty: however it is by now
};
ExitCode RunTag(CommandContext& context, const TagOptions& options);
struct NoteOptions {
  std::string job;
  std::optional<std::string> text;  // none: it is shown; empty: it is removed
  bool edits = false;               // in the user's editor, instead of `text`
  std::string etag;
};
ExitCode RunNote(CommandContext& context, const NoteOptions& options);
struct RenameOptions {
  std::string job;
  std::string name;
  std::string etag;
};
ExitCode RunRename(CommandContext& context, const RenameOptions& options);
// `electra tag`, `electra note` and `electra rename`.
void AddJobLabels(CLI::App& app, Runner& runner);

enum class Confirmation { kAsk, kGiven };
struct DeleteOptions {
  std::vector<std::string> jobs;
  Confirmation confirmation = Confirmation::kAsk;
  std::string etag;  // for one job
};
void AddDelete(CLI::App& app, Runner& runner);
ExitCode RunDelete(CommandContext& context, const DeleteOptions& options);

// What the counts of a report are from.
enum class ReportSource { kAll, kSamples, kEvaluation, kBestEvaluation };

struct ReportOptions {
  std::string job;
  // Not given: both the last evaluation and the samples, or, where steps are chosen, the samples.
  std::optional<ReportSource> source;
  int64_t first_step = 0;
  int64_t last_step = 0;            // 0: to the end
  int32_t limit = 20;               // rows of each table
  std::optional<std::string> html;  // a file to write instead
  Existing existing = Existing::kRefuse;
};
void AddReport(CLI::App& app, Runner& runner);
ExitCode RunReport(CommandContext& context, const ReportOptions& options);

struct ExportOptions {
  std::string job;
  std::string format;
  std::string directory;
  Existing existing = Existing::kRefuse;
};
void AddExport(CLI::App& app, Runner& runner);
ExitCode RunExport(CommandContext& context, const ExportOptions& options);

enum class TryMode { kFake, kJudge };

struct TryOptions {
  std::string source;              // a job, or models/NAME
  std::vector<std::string> texts;  // none: the lines of standard input
  TryMode mode = TryMode::kFake;
  std::optional<int64_t> seed;  // none: one at random
  int64_t step = 0;             // of the checkpoint; 0: the job's model
};
void AddTry(CLI::App& app, Runner& runner);
ExitCode RunTry(CommandContext& context, const TryOptions& options);

struct EmbedOptions {
  std::string source;  // a job, or models/NAME
  std::string input;   // a file, or "-"
  std::string output;
  std::string pooling = "mean";
  int64_t step = 0;
  Existing existing = Existing::kRefuse;
};
void AddEmbed(CLI::App& app, Runner& runner);
ExitCode RunEmbed(CommandContext& context, const EmbedOptions& options);

// `electra login` and `electra logout`.
void AddLogin(CLI::App& app, Runner& runner);
ExitCode RunLogin(CommandContext& context);
ExitCode RunLogout(CommandContext& context);

struct CreateTokenOptions {
  std::string role;
  std::string name;
  std::string certificate;
  int64_t expires_in = int64_t{90} * 86400;  // seconds; 0: never
  int64_t queued_jobs = 0;                   // limits; 0: the server's default
  int64_t stored_bytes = 0;
  int64_t requests_per_second = 0;
  int64_t streams = 0;
};
void AddToken(CLI::App& app, Runner& runner);

// `electra config init|explain|validate`: job files.
struct ConfigInitOptions {
  std::string model;
  std::string output;  // empty: standard output
};
void AddConfig(CLI::App& app, Runner& runner);
ExitCode RunConfigInit(CommandContext& context, const ConfigInitOptions& options);
ExitCode RunConfigExplain(CommandContext& context, const std::string& key);
ExitCode RunConfigValidate(CommandContext& context, const std::string& path);

// Commands that need no server.
void AddContext(CLI::App& app, LocalRunner& runner);
void AddCompletion(CLI::App& app, LocalRunner& runner);
void AddMan(CLI::App& app, LocalRunner& runner);

// `electra __complete WORD...`: the candidates for the last word, a line each.
ExitCode RunComplete(Environment& environment, const CLI::App& app,
                     const std::vector<std::string>& words);

}  // namespace electra::client
