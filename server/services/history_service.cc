#include "server/services/history_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/base/resource_names.h"
#include "server/jobs/sample_confusions.h"
#include "server/store/confusions.h"
#include "server/store/history.h"
#include "server/store/jobs.h"
#include "server/store/step_extremes.h"

namespace electra::server {
namespace {

constexpr PageLimits kRowPages = {.default_size = 1000, .max_size = 10000};
// A sample holds a sentence's tokens: 500 of them stay below gRPC's limit of a message.
constexpr PageLimits kSamplePages = {.default_size = 50, .max_size = 500};
constexpr int kSamplesOfRead = 500;
constexpr int kUsualConfusions = 20;
constexpr int kMostConfusions = 1000;

// A page token is where the next page's first row is, as one number.
constexpr int64_t kMostRowsOfAStep = 1000;
template <typename Row>
int64_t PositionOf(const Row& row) {
  return row.step() * kMostRowsOfAStep;
}
int64_t PositionOf(const v1::Sample& sample) {
  return sample.step() * kMostRowsOfAStep + sample.probe();
}

// To a request a last step of 0 is the end.
StepRange RangeOf(int64_t first, int64_t last) {
  StepRange range{.first = first};
  if (last != 0) range.last = last;
  return range;
}

// A page of rows of one job, in order of steps.
// `list` reads rows of a StepRange, `add` puts one into the response; the next page's token.
template <typename List, typename Add>
absl::StatusOr<std::string> ListPage(Database& database, const std::string& parent,
                                     std::string_view scope, const Page& page, StepRange range,
                                     List list, Add add) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(parent, "jobs"));
  if (const int64_t first = page.position / kMostRowsOfAStep; first >= range.first) {
    range.first = first;
    range.first_probe = page.position % kMostRowsOfAStep;
  }
  range.limit = page.size + 1;
  std::string next;
  RETURN_IF_ERROR(database.Read([&](SQLite::Database& connection) -> absl::Status {
    ASSIGN_OR_RETURN(const JobRow job, FindJob(connection, name));
    const auto rows = list(connection, job.id, range);
    const size_t count = std::min(rows.size(), static_cast<size_t>(page.size));
    for (size_t i = 0; i < count; ++i) add(rows[i]);
    if (rows.size() > count) next = NextPageToken(scope, PositionOf(rows[count]));
    return absl::OkStatus();
  }));
  return next;
}

}  // namespace

absl::Status HistoryService::ListExtremes(const v1::ListStepMetricsRequest& request,
                                          v1::ListStepMetricsResponse* response) {
  if (request.max_points() < kMinPoints || request.max_points() > kRowPages.max_size) {
    return absl::InvalidArgumentError(absl::StrCat("max_points is ", request.max_points(),
                                                   ": it must be 0, or from ", kMinPoints, " to ",
                                                   kRowPages.max_size));
  }
  if (!request.page_token().empty()) {
    return absl::InvalidArgumentError("with max_points there is one page: leave page_token out");
  }
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(request.parent(), "jobs"));
  const StepRange range = RangeOf(request.first_step(), request.last_step());
  return database_.Read([&](SQLite::Database& connection) -> absl::Status {
    ASSIGN_OR_RETURN(const JobRow job, FindJob(connection, name));
    for (v1::StepMetrics& step :
         ListStepExtremes(connection, job.id, range, request.max_points())) {
      *response->add_steps() = std::move(step);
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* HistoryService::ListStepMetrics(grpc::CallbackServerContext* context,
                                                          const v1::ListStepMetricsRequest* request,
                                                          v1::ListStepMetricsResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    if (request->max_points() != 0) return ListExtremes(*request, response);
    const std::string scope = absl::StrCat("steps ", request->parent(), " ", request->first_step(),
                                           " ", request->last_step());
    ASSIGN_OR_RETURN(const Page page,
                     ParsePage(request->page_size(), request->page_token(), kRowPages, scope));
    const StepRange range = RangeOf(request->first_step(), request->last_step());
    ASSIGN_OR_RETURN(*response->mutable_next_page_token(),
                     ListPage(database_, request->parent(), scope, page, range, ListSteps,
                              [&](const v1::StepMetrics& step) { *response->add_steps() = step; }));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* HistoryService::ListSamples(grpc::CallbackServerContext* context,
                                                      const v1::ListSamplesRequest* request,
                                                      v1::ListSamplesResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    const SampleSelection selection{.missed = request->missed_only(),
                                    .suspected = request->suspected_only()};
    const std::string scope = absl::StrCat(
        "samples ", request->parent(), " ", request->first_step(), " ", request->last_step(), " ",
        request->has_step(), request->step(), " ", selection.missed, selection.suspected);
    ASSIGN_OR_RETURN(const Page page,
                     ParsePage(request->page_size(), request->page_token(), kSamplePages, scope));
    const StepRange range = request->has_step()
                                ? StepRange{.first = request->step(), .last = request->step()}
                                : RangeOf(request->first_step(), request->last_step());
    const auto list = [&](SQLite::Database& connection, int64_t job_id, const StepRange& rows) {
      return server::ListSamples(connection, job_id, rows, selection);
    };
    ASSIGN_OR_RETURN(*response->mutable_next_page_token(),
                     ListPage(database_, request->parent(), scope, page, range, list,
                              [&](const v1::Sample& row) { *response->add_samples() = row; }));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* HistoryService::ListEvaluations(grpc::CallbackServerContext* context,
                                                          const v1::ListEvaluationsRequest* request,
                                                          v1::ListEvaluationsResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    const std::string scope = absl::StrCat("evaluations ", request->parent());
    ASSIGN_OR_RETURN(const Page page,
                     ParsePage(request->page_size(), request->page_token(), kRowPages, scope));
    ASSIGN_OR_RETURN(
        *response->mutable_next_page_token(),
        ListPage(database_, request->parent(), scope, page, {}, server::ListEvaluations,
                 [&](const v1::Evaluation& row) { *response->add_evaluations() = row; }));
    return absl::OkStatus();
  });
}

absl::Status HistoryService::CountSamples(const grpc::CallbackServerContext& context,
                                          const v1::GetConfusionsRequest& request, int limit,
                                          v1::Confusions* response) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(request.name(), "jobs"));
  SampleConfusions confusions;
  StepRange range = RangeOf(request.first_step(), request.last_step());
  range.limit = kSamplesOfRead;
  // A read for a few hundred samples, so that no snapshot of the database is held for long.
  for (bool more = true; more;) {
    if (context.IsCancelled()) return absl::CancelledError("the client is gone");
    RETURN_IF_ERROR(database_.Read([&](SQLite::Database& connection) -> absl::Status {
      ASSIGN_OR_RETURN(const JobRow job, FindJob(connection, name));
      const std::vector<v1::Sample> samples = server::ListSamples(connection, job.id, range);
      for (const v1::Sample& sample : samples) confusions.Add(sample);
      more = static_cast<int>(samples.size()) == range.limit;
      if (more) {
        range.first = samples.back().step();
        range.first_probe = samples.back().probe() + 1;
      }
      return absl::OkStatus();
    }));
  }
  *response = confusions.Top(limit);
  return absl::OkStatus();
}

absl::Status HistoryService::FindOfEvaluation(const v1::GetConfusionsRequest& request, int limit,
                                              v1::Confusions* response) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(request.name(), "jobs"));
  return database_.Read([&](SQLite::Database& connection) -> absl::Status {
    ASSIGN_OR_RETURN(const JobRow job, FindJob(connection, name));
    std::optional<int64_t> step;
    if (request.source() == v1::CONFUSION_SOURCE_LAST_EVALUATION) {
      step = LastConfusionsStep(connection, job.id);
    } else if (const auto best = RunSummaries(connection).Read(job.id).best_evaluation) {
      step = best->step();
    }
    if (!step) return absl::OkStatus();
    if (auto found = FindConfusions(connection, job.id, *step, limit)) {
      *response = *std::move(found);
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* HistoryService::GetConfusions(grpc::CallbackServerContext* context,
                                                        const v1::GetConfusionsRequest* request,
                                                        v1::Confusions* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    if (request->limit() < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("limit is ", request->limit(), ": it must be at least 0"));
    }
    const int limit =
        request->limit() == 0 ? kUsualConfusions : std::min(request->limit(), kMostConfusions);
    switch (request->source()) {
      case v1::CONFUSION_SOURCE_UNSPECIFIED:
      case v1::CONFUSION_SOURCE_SAMPLES:
        RETURN_IF_ERROR(CountSamples(*context, *request, limit, response));
        response->set_source(v1::CONFUSION_SOURCE_SAMPLES);
        return absl::OkStatus();
      case v1::CONFUSION_SOURCE_LAST_EVALUATION:
      case v1::CONFUSION_SOURCE_BEST_EVALUATION:
        RETURN_IF_ERROR(FindOfEvaluation(*request, limit, response));
        response->set_source(request->source());
        return absl::OkStatus();
      default:
        return absl::InvalidArgumentError(
            absl::StrCat("source ", request->source(), " is none that this server knows"));
    }
  });
}

}  // namespace electra::server
