#include <atomic>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "absl/time/time.h"
#include "client/commands/commands.h"
#include "client/live/active_jobs.h"
#include "client/live/live_screen.h"
#include "client/live/watcher.h"
#include "client/rpc/backoff.h"
#include "client/rpc/json_output.h"
#include "client/rpc/server_return.h"
#include "client/text/visible_text.h"
#include "client/views/footer.h"
#include "client/views/job_board.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(2);
// In a log, a job has a line for each change of its state, and others no more often than this.
constexpr absl::Duration kLogInterval = absl::Seconds(30);
constexpr int kRetryLimit = 12;  // of forms for programs and logs

// Where the jobs are shown.
class BoardForm {
 public:
  virtual ~BoardForm() = default;
  virtual void Show(const ActiveJobs& active) = 0;
  virtual void Lost(absl::Duration pause, int attempt) = 0;
  virtual bool GivesUp() const { return true; }
};

std::string NowText(const CommandContext& context) {
  return absl::FormatTime("[%H:%M:%S] ", context.environment.now(), context.environment.zone);
}

// One job per line, when it has changed.
class JsonBoard : public BoardForm {
 public:
  explicit JsonBoard(CommandContext& context) : context_(context) {}

  void Show(const ActiveJobs& active) override {
    for (const v1::Job& job : active.changed()) WriteJsonLine(context_.out(), job);
  }
  void Lost(absl::Duration pause, int attempt) override {
    *context_.environment.err.stream
        << "electra: "
        << absl::Substitute(LabelsFor(Language::kEnglish).reconnecting,
                            context_.connection.target(), absl::ToDoubleSeconds(pause), attempt,
                            kRetryLimit)
        << std::endl;
  }

 private:
  CommandContext& context_;
};

class LogBoard : public BoardForm {
 public:
  explicit LogBoard(CommandContext& context) : context_(context) {}

  void Show(const ActiveJobs& active) override {
    if (std::exchange(lost_, false)) Line(context_.labels().reconnected);
    if (std::exchange(first_, false) && active.jobs().empty()) {
      Line(context_.labels().no_active_jobs);
    }
    const absl::Time now = context_.environment.now();
    for (const v1::Job& job : active.changed()) {
      const auto known = shown_.find(job.name());
      const bool due = known == shown_.end() || known->second.state != job.state() ||
                       now - known->second.time >= kLogInterval;
      if (!due) continue;
      Line(JobLine(job, context_.language));
      shown_[job.name()] = {.state = job.state(), .time = now};
      if (IsTerminal(job.state())) shown_.erase(job.name());
    }
  }

  void Lost(absl::Duration pause, int attempt) override {
    lost_ = true;
    Line(absl::Substitute(context_.labels().reconnecting, context_.connection.target(),
                          absl::StrFormat("%.1f", absl::ToDoubleSeconds(pause)), attempt,
                          kRetryLimit));
  }

 private:
  struct Shown {
    v1::JobState state;
    absl::Time time;
  };

  void Line(const std::string& text) {
    context_.out() << NowText(context_) << Visible(text) << std::endl;
  }

  CommandContext& context_;
  std::map<std::string, Shown> shown_;  // by name
  bool first_ = true;
  bool lost_ = false;
};

// Rows in place; ended jobs move up into the log.
class LiveBoard : public BoardForm {
 public:
  LiveBoard(CommandContext& context, Terminal& terminal)
      : context_(context),
        screen_({.terminal = terminal,
                 .output = context.environment.out,
                 .rows = [this](ScreenSize size) { return Rows(size); },
                 .quit =
                     [this] {
                       left_.store(true);
                       context_.environment.interruption->Trigger();
                     },
                 .place = Place::kBottom}) {}

  ~LiveBoard() override {
    {
      absl::MutexLock lock(&mutex_);
      finished_ = true;
    }
    screen_.Finish();
  }

  void Show(const ActiveJobs& active) override {
    {
      absl::MutexLock lock(&mutex_);
      jobs_ = active.jobs();
      lost_.reset();
    }
    for (const v1::Job& job : active.changed()) {
      if (!IsTerminal(job.state())) continue;
      screen_.Print(NowText(context_) + Visible(JobLine(job, context_.language)) + "\n");
    }
    screen_.Refresh();
  }

  void Lost(absl::Duration /*pause*/, int /*attempt*/) override {
    {
      absl::MutexLock lock(&mutex_);
      lost_ = LostConnection();
    }
    screen_.Refresh();
  }

  bool GivesUp() const override { return false; }
  bool left() const { return left_.load(); }

 private:
  std::vector<std::string> Rows(ScreenSize size) {
    absl::MutexLock lock(&mutex_);
    std::vector<std::string> rows;
    if (jobs_) {
      rows = RenderBoard(*jobs_, {.columns = size.columns,
                                  .rows = size.rows - 2,
                                  .color = context_.environment.out.color,
                                  .charset = context_.environment.out.charset,
                                  .language = context_.language,
                                  .is_connected = !lost_});
    }
    if (finished_) return rows;
    rows.push_back(RenderFooter(context_.connection.target(), lost_,
                                {.columns = size.columns - 1,
                                 .color = context_.environment.out.color,
                                 .language = context_.language}));
    return rows;
  }

  CommandContext& context_;
  std::atomic<bool> left_ = false;  // by `q`

  absl::Mutex mutex_;
  std::optional<std::vector<v1::Job>> jobs_
      ABSL_GUARDED_BY(mutex_);  // none before the first answer
  std::optional<LostConnection> lost_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;

  LiveScreen screen_;  // last: its thread uses everything above
};

// Runs until an interruption, or until the server fails in a way that waiting does not fix.
grpc::Status Follow(CommandContext& context, ActiveJobs& active, BoardForm& form) {
  Environment& environment = context.environment;
  Backoff backoff(environment.random);
  int attempt = 0;
  form.Show(active);
  environment.wait(kInterval);
  while (!environment.interruption->triggered()) {
    grpc::Status status = active.Fetch();
    if (environment.interruption->triggered()) break;
    if (status.ok()) {
      form.Show(active);
      attempt = 0;
      backoff.Reset();
      environment.wait(kInterval);
      continue;
    }
    const bool passing = status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                         status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
    if (!passing || (++attempt > kRetryLimit && form.GivesUp())) return status;
    const absl::Duration pause = backoff.Next();
    form.Lost(pause, attempt);
    if (AwaitReturn(context.connection, environment, pause)) backoff.Reset();
  }
  return grpc::Status::OK;
}

}  // namespace

ExitCode RunFollowAll(CommandContext& context, WatchForm form) {
  ActiveJobs active(context.connection);
  if (grpc::Status status = active.Fetch(); !status.ok()) return context.Fail(status);
  grpc::Status status;
  bool left = false;
  Terminal* terminal = form == WatchForm::kLive ? context.LiveTerminal() : nullptr;
  if (context.format == OutputFormat::kJson) {
    JsonBoard board(context);
    status = Follow(context, active, board);
  } else if (terminal != nullptr) {
    LiveBoard board(context, *terminal);
    status = Follow(context, active, board);
    left = board.left();
  } else {
    LogBoard board(context);
    status = Follow(context, active, board);
  }
  if (left) return ExitCode::kDone;
  return status.ok() ? ExitCode::kInterrupted : context.Fail(status);
}

}  // namespace electra::client
