#include "client/live/active_jobs.h"

#include <utility>

#include "client/live/watcher.h"
#include "client/rpc/pages.h"
#include "client/shell/list_output.h"
#include "client/views/job_board.h"
#include "electra/v1/daemon.pb.h"
#include "google/protobuf/util/message_differencer.h"

namespace electra::client {
namespace {

using google::protobuf::util::MessageDifferencer;

constexpr int32_t kPage = 200;

}  // namespace

// Jobs come newest first, and one that has not ended may be old: reads pages until it has found as
// many as the server counts.
grpc::Status ActiveJobs::List(std::vector<v1::Job>* jobs) {
  v1::DaemonStatus daemon;
  if (grpc::Status status = connection_.Call(v1::GetStatusRequest(), &daemon); !status.ok()) {
    return status;
  }
  const auto wanted =
      static_cast<size_t>(daemon.queued_jobs()) + static_cast<size_t>(daemon.running_jobs());
  if (wanted == 0) return grpc::Status::OK;
  v1::ListJobsRequest request;
  request.set_page_size(kPage);
  return ForEachPage<v1::ListJobsResponse>(connection_, request,
                                           [&](const v1::ListJobsResponse& response) {
                                             for (const v1::Job& job : response.jobs()) {
                                               if (!IsTerminal(job.state())) jobs->push_back(job);
                                             }
                                             return jobs->size() < wanted;
                                           });
}

// Jobs that are no longer in the list have ended or are gone; or one began while it was read, and
// the reading stopped before them.
grpc::Status ActiveJobs::AddMissing(const std::map<std::string, v1::Job>& missing,
                                    std::vector<v1::Job>* jobs, std::vector<v1::Job>* changed) {
  for (const auto& [name, known] : missing) {
    v1::GetJobRequest request;
    request.set_name(name);
    v1::Job job;
    grpc::Status status = connection_.Call(request, &job);
    if (status.error_code() == grpc::StatusCode::NOT_FOUND) continue;
    if (!status.ok()) return status;
    if (!MessageDifferencer::Equals(known, job)) changed->push_back(job);
    if (!IsTerminal(job.state())) jobs->push_back(job);
  }
  return grpc::Status::OK;
}

grpc::Status ActiveJobs::Fetch() {
  std::vector<v1::Job> jobs;
  if (grpc::Status status = List(&jobs); !status.ok()) return status;
  std::map<std::string, v1::Job> before;
  for (const v1::Job& job : jobs_) before[job.name()] = job;
  std::vector<v1::Job> changed;
  for (const v1::Job& job : jobs) {
    const auto known = before.find(job.name());
    if (known == before.end() || !MessageDifferencer::Equals(known->second, job)) {
      changed.push_back(job);
    }
    if (known != before.end()) before.erase(known);
  }
  if (grpc::Status status = AddMissing(before, &jobs, &changed); !status.ok()) return status;
  SortForBoard(jobs);
  SortForBoard(changed);
  jobs_ = std::move(jobs);
  changed_ = std::move(changed);
  return grpc::Status::OK;
}

}  // namespace electra::client
