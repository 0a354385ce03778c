#include "client/browser/job_feed.h"

#include <cmath>
#include <utility>

#include "absl/time/time.h"
#include "client/browser/refusal.h"
#include "client/i18n/message_values.h"
#include "client/rpc/job_list.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "client/views/page_fill.h"
#include "electra/v1/job.pb.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

using nlohmann::json;

constexpr absl::Duration kInterval = absl::Seconds(2);
// Reaching a server that was lost, in one place.
constexpr absl::Duration kReach = absl::Milliseconds(500);

json ListedJob(const v1::Job& job) {
  const auto loss = [](bool has, double value) {
    return has && std::isfinite(value) ? json(value) : json(nullptr);
  };
  return {{"name", Visible(job.name())},
          {"display_name", Visible(job.display_name())},
          {"state", v1::JobState_Name(job.state())},
          {"step", job.step()},
          {"total_steps", job.total_steps()},
          {"loss", loss(job.has_last_step(), job.last_step().combined_loss())},
          {"best_loss", loss(job.has_best_evaluation(), job.best_evaluation().combined_loss())},
          {"model", Visible(ShortName(job.model()))},
          {"corpus", Visible(job.corpus_display_name().empty() ? ShortName(job.corpus())
                                                               : job.corpus_display_name())},
          {"create_time", FormatRfc3339(job.create_time())}};
}

}  // namespace

JobFeed::JobFeed(Connection& connection, std::string filter)
    : connection_(connection), filter_(std::move(filter)) {}

std::string JobFeed::Next() {
  if (std::exchange(asked_, true)) connection_.interruption().WaitFor(kInterval);
  if (lost_ && !connection_.IsConnected(kReach)) return kNoNews;
  json jobs = json::array();
  v1::ListJobsRequest request;
  request.set_filter(filter_);
  const grpc::Status status =
      ForEachListedJob(connection_, std::move(request), kMostJobs,
                       [&](const v1::Job& job) { jobs.push_back(ListedJob(job)); });
  if (status.ok()) {
    std::string found = Embeddable(jobs);
    const bool was_lost = std::exchange(lost_, false);
    if (found == told_) return was_lost ? PageEvent("back", "{}") : kNoNews;
    told_ = std::move(found);
    return PageEvent("jobs", told_);
  }
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE ||
      status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return std::exchange(lost_, true) ? kNoNews : PageEvent("lost", "{}");
  }
  told_.clear();
  return PageEvent("refused", Embeddable(Refusal(status, connection_.reach())));
}

}  // namespace electra::client
