#include "client/rpc/job_list.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/rpc/pages.h"

namespace electra::client {
namespace {

// Enough for a screen in one answer, few enough to answer at once.
constexpr int64_t kPage = 200;

}  // namespace

grpc::Status ForEachListedJob(Connection& connection, v1::ListJobsRequest request, int64_t limit,
                              const std::function<void(const v1::Job&)>& visit) {
  int64_t left = limit;
  request.set_page_size(static_cast<int32_t>(std::min(left, kPage)));
  return ForEachPage<v1::ListJobsResponse>(connection, std::move(request),
                                           [&](const v1::ListJobsResponse& response) {
                                             for (const v1::Job& job : response.jobs()) {
                                               if (left-- <= 0) return false;
                                               visit(job);
                                             }
                                             return left > 0;
                                           });
}

std::string FilterValue(const std::string& text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

}  // namespace electra::client
