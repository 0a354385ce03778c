#include "server/jobs/list.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/base/errors.h"
#include "server/base/page_token.h"
#include "server/base/resource_names.h"
#include "server/filter/job_filter.h"
#include "server/filter/job_order.h"

namespace electra::server {
namespace {

constexpr PageLimits kJobPages = {.default_size = 50, .max_size = 1000};

absl::Status OfField(const char* field, const absl::Status& problem) {
  return FieldViolations({FieldViolation{field, std::string(problem.message())}});
}

// The position of the last job of a page, as JSON.
std::string WritePosition(const std::vector<SqlValue>& position) {
  auto json = nlohmann::json::array();
  for (const SqlValue& value : position) {
    if (const auto* number = std::get_if<int64_t>(&value)) {
      json.push_back(*number);
    } else if (const auto* real = std::get_if<double>(&value)) {
      json.push_back(*real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      json.push_back(*text);
    } else {
      json.push_back(nullptr);
    }
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::StatusOr<std::vector<SqlValue>> ReadPosition(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::vector<SqlValue> position;
  for (const nlohmann::json& value : json) {
    if (value.is_number_integer()) {
      position.emplace_back(value.get<int64_t>());
    } else if (value.is_number()) {
      position.emplace_back(value.get<double>());
    } else if (value.is_string()) {
      position.emplace_back(value.get<std::string>());
    } else if (value.is_null()) {
      position.emplace_back();
    } else {
      position.clear();
      break;
    }
  }
  if (position.empty()) return absl::InvalidArgumentError("page_token is not one of this list");
  return position;
}

}  // namespace

absl::StatusOr<JobPage> ReadJobPage(Database& database, const v1::ListJobsRequest& request) {
  ASSIGN_OR_RETURN(const int size, ParsePageSize(request.page_size(), kJobPages));
  JobQuery query;
  absl::StatusOr<SqlCondition> where = CompileJobFilter(request.filter());
  if (!where.ok()) return OfField("filter", where.status());
  query.where = *std::move(where);
  absl::StatusOr<std::vector<JobOrder>> order = ParseJobOrder(request.order_by());
  if (!order.ok()) return OfField("order_by", order.status());
  query.order = *std::move(order);
  query.limit = size + 1;
  const std::string scope =
      absl::StrCat("jobs ", request.filter().size(), " ", request.filter(), request.order_by());
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(const std::string payload, OpenPageToken(scope, request.page_token()));
    ASSIGN_OR_RETURN(query.after, ReadPosition(payload));
  }
  return database.Read<JobPage>([&](Reader& reader) -> absl::StatusOr<JobPage> {
    ASSIGN_OR_RETURN(std::vector<ListedJob> jobs, ListJobs(reader, query));
    JobPage page;
    if (jobs.size() > static_cast<size_t>(size)) {
      jobs.pop_back();
      page.next_page_token = MakePageToken(scope, WritePosition(jobs.back().position));
    }
    JobViews views(reader);
    for (ListedJob& job : jobs) page.jobs.push_back(views.Read(std::move(job.row)));
    return page;
  });
}

}  // namespace electra::server
