#include "client/browser/run_feed.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "client/browser/refusal.h"
#include "client/views/page_fill.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/job.pb.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

constexpr absl::Duration kLongestWait = absl::Seconds(1);
// Between two that tell something: a page draws its curves anew each time.
constexpr absl::Duration kLeastPause = absl::Milliseconds(500);
// A job that has ended may be retried.
constexpr absl::Duration kUntilNextLook = absl::Seconds(5);
constexpr int32_t kConfusionRows = 20;

Connection::Options WithInterruption(Connection::Options options, Interruption& interruption) {
  options.interruption = &interruption;
  return options;
}

v1::Job Named(const std::string& name) {
  v1::Job job;
  job.set_name(name);
  return job;
}

}  // namespace

RunFeed::RunFeed(const Connection::Options& server, const Environment& environment,
                 std::function<double()> random, Language language, const std::string& job)
    : job_(job),
      connection_(WithInterruption(server, interruption_)),
      environment_(environment),
      report_(Named(job), language) {
  environment_.interruption = &interruption_;
  environment_.wait = [this](absl::Duration pause) { interruption_.WaitFor(pause); };
  environment_.random = std::move(random);
  thread_ = std::thread([this] { Follow(); });
}

RunFeed::~RunFeed() {
  interruption_.Trigger();
  thread_.join();
}

void RunFeed::Follow() {
  int64_t sequence = 0;
  while (!interruption_.triggered()) {
    const WatchOutcome outcome =
        FollowJob(connection_, environment_,
                  {.job = job_, .after_sequence = sequence, .retry_limit = 0}, *this);
    sequence = std::max(sequence, outcome.last_sequence);
    if (interruption_.triggered()) return;
    if (!outcome.status.ok()) {
      absl::MutexLock lock(&mutex_);
      refusal_ = Refusal(outcome.status, connection_.reach());
      return;
    }
    interruption_.WaitFor(kUntilNextLook);
  }
}

void RunFeed::OnEvent(const v1::TrainingEvent& event) {
  if (present_ < 0) FetchJob();
  bool reaches_present;
  {
    absl::MutexLock lock(&mutex_);
    is_lost_ = false;
    Take(event);
    reaches_present = !is_present_;
  }
  if (event.sequence() < present_) return;
  if (event.has_state_change() || event.has_evaluation() || event.has_rewind() ||
      event.has_preparation() || reaches_present) {
    FetchJob();
  }
  if (event.has_evaluation() || reaches_present ||
      (event.has_state_change() && IsTerminal(event.state_change().to()))) {
    FetchConfusions();
  }
  absl::MutexLock lock(&mutex_);
  is_present_ = true;
}

void RunFeed::Take(const v1::TrainingEvent& event) {
  has_changed_ = true;
  const int64_t stride = report_.stride();
  switch (event.kind_case()) {
    case v1::TrainingEvent::kStep: {
      report_.Add(event.step());
      v1::Job job = report_.job();
      job.set_step(event.step().step());
      report_.Set(job);
      break;
    }
    case v1::TrainingEvent::kEvaluation:
      report_.Add(event.evaluation());
      break;
    case v1::TrainingEvent::kSample:
      report_.Add(event.sample());
      if (is_present_) samples_.push_back(event.sample());
      break;
    case v1::TrainingEvent::kRewind:
      report_.DropAfter(event.rewind().step());
      tells_all_ = true;
      break;
    case v1::TrainingEvent::kPreparation:
      tells_all_ = true;  // settings that followed from the corpus
      break;
    default:
      break;
  }
  if (report_.stride() != stride) tells_all_ = true;
}

void RunFeed::OnConnectionLost(absl::Duration /*pause*/, int /*attempt*/, int /*limit*/) {
  absl::MutexLock lock(&mutex_);
  is_lost_ = true;
}

void RunFeed::OnRetry() {
  const bool is_connected = connection_.IsConnected();
  absl::MutexLock lock(&mutex_);
  is_lost_ = !is_connected;
}

// A failure is passed over: the events go on, and with the next of them it is asked again.
void RunFeed::FetchJob() {
  v1::GetJobRequest request;
  request.set_name(job_);
  v1::Job job;
  if (!connection_.Call(request, &job).ok()) return;
  if (present_ < 0) present_ = job.last_sequence();
  absl::MutexLock lock(&mutex_);
  report_.Set(job);
  has_changed_ = true;
}

// As `electra report`: where neither has counted anything, the samples say why.
void RunFeed::FetchConfusions() {
  std::vector<v1::Confusions> found;
  for (const auto source : {v1::CONFUSION_SOURCE_LAST_EVALUATION, v1::CONFUSION_SOURCE_SAMPLES}) {
    v1::GetConfusionsRequest request;
    request.set_name(job_);
    request.set_limit(kConfusionRows);
    request.set_source(source);
    v1::Confusions confusions;
    if (!connection_.Call(request, &confusions).ok()) return;
    // An older server has counted samples whatever it was asked.
    if (confusions.source() == source || source == v1::CONFUSION_SOURCE_SAMPLES) {
      found.push_back(std::move(confusions));
    }
  }
  std::erase_if(found, [&](const v1::Confusions& confusions) {
    return confusions.sample_count() == 0 && &confusions != &found.back();
  });
  absl::MutexLock lock(&mutex_);
  report_.ClearConfusions();
  for (const v1::Confusions& confusions : found) report_.Add(confusions);
  has_changed_ = true;
}

bool RunFeed::HasNews() const {
  return !refusal_.is_null() || is_lost_ != told_lost_ || (is_present_ && has_changed_);
}

std::string RunFeed::News() {
  // The run goes first, then a loss of the connection: a page that receives the run assumes that
  // its server is there.
  if (is_present_ && std::exchange(has_changed_, false)) {
    const std::vector<v1::Sample> samples = std::exchange(samples_, {});
    return std::exchange(tells_all_, false) ? PageEvent("run", report_.Data())
                                            : PageEvent("more", report_.NewData(samples));
  }
  if (!refusal_.is_null()) {
    return PageEvent("refused", Embeddable(std::exchange(refusal_, nullptr)));
  }
  told_lost_ = is_lost_;
  return PageEvent(is_lost_ ? "lost" : "back", "{}");
}

std::string RunFeed::Next() {
  const absl::Duration pause = told_ + kLeastPause - absl::Now();
  if (pause > absl::ZeroDuration()) interruption_.WaitFor(pause);
  absl::MutexLock lock(&mutex_);
  const auto has_news = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return HasNews(); };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&has_news), kLongestWait)) {
    // A restored connection may not bring an event for long.
    if (is_lost_ && connection_.IsConnected()) is_lost_ = false;
    if (!HasNews()) return kNoNews;
  }
  told_ = absl::Now();
  return News();
}

}  // namespace electra::client
