#include "server/jobs/list.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/base/errors.h"
#include "server/base/page_token.h"
#include "server/base/resource_names.h"
#include "server/filter/job_filter.h"
#include "server/filter/job_order.h"
#include "server/jobs/job_message.h"
#include "server/jobs/view.h"
#include "server/store/job_list.h"

namespace electra::server {
namespace {

constexpr PageLimits kJobPages = {.default_size = 50, .max_size = 1000};

absl::Status OfField(const char* field, const absl::Status& problem) {
  return FieldViolations({FieldViolation{field, MessageOf(problem)}});
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
  if (position.empty()) return UnknownPageToken();
  return position;
}

// The query for the page, with a limit of one job more.
absl::StatusOr<JobQuery> QueryOf(const v1::ListJobsRequest& request, const std::string& scope) {
  JobQuery query;
  ASSIGN_OR_RETURN(const int size, ParsePageSize(request.page_size(), kJobPages));
  query.limit = size + 1;
  absl::StatusOr<SqlCondition> where = CompileJobFilter(request.filter());
  if (!where.ok()) return OfField("filter", where.status());
  query.where = *std::move(where);
  absl::StatusOr<std::vector<JobOrder>> order = ParseJobOrder(request.order_by());
  if (!order.ok()) return OfField("order_by", order.status());
  query.order = *std::move(order);
  if (request.page_token().empty()) return query;
  ASSIGN_OR_RETURN(const std::string payload, OpenPageToken(scope, request.page_token()));
  ASSIGN_OR_RETURN(query.after, ReadPosition(payload));
  return query;
}

absl::StatusOr<std::vector<ListedJob>> Choose(Reader& reader, const JobQuery& query,
                                              const ReadBudget& budget) {
  absl::StatusOr<std::vector<ListedJob>> jobs =
      ReadWithinBudget(reader, budget, [&] { return ListJobs(reader, query); });
  if (!absl::IsResourceExhausted(jobs.status())) return jobs;
  return ResourceExhaustedError("FILTER_BUDGET",
                                "filter and order_by need {budget}: use fewer terms and words of "
                                "three characters or more, or "
                                "narrow the list by state or created",
                                jobs.status());
}

}  // namespace

absl::StatusOr<v1::ListJobsResponse> ReadJobPage(Database& database,
                                                 const v1::ListJobsRequest& request,
                                                 const ReadBudget& budget) {
  const std::string scope =
      absl::StrCat("jobs ", request.filter().size(), " ", request.filter(), request.order_by());
  ASSIGN_OR_RETURN(const JobQuery query, QueryOf(request, scope));
  using Page = v1::ListJobsResponse;
  return database.Read<Page>([&](Reader& reader) -> absl::StatusOr<Page> {
    ASSIGN_OR_RETURN(const std::vector<ListedJob> jobs, Choose(reader, query, budget));
    Page page;
    PageBytes bytes;
    JobReader rows(reader);
    JobViews views(reader);
    for (size_t i = 0; i < jobs.size(); ++i) {
      const bool is_beyond = i + 1 == static_cast<size_t>(query.limit);
      v1::Job job;
      if (!is_beyond) {
        ASSIGN_OR_RETURN(JobRow row, rows.Read(jobs[i].id));
        ASSIGN_OR_RETURN(job, ToProto(views.Read(std::move(row))));
      }
      if (is_beyond || !bytes.Take(job.ByteSizeLong())) {
        page.set_next_page_token(MakePageToken(scope, WritePosition(jobs[i - 1].position)));
        break;
      }
      *page.add_jobs() = std::move(job);
    }
    return page;
  });
}

}  // namespace electra::server
