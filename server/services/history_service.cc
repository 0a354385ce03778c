#include "server/services/history_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/base/resource_names.h"
#include "server/jobs/history.h"
#include "server/store/step_extremes.h"

namespace electra::server {
namespace {

constexpr PageLimits kRowPages = {.default_size = 1000, .max_size = 10000};
constexpr PageLimits kSamplePages = {.default_size = 50, .max_size = 500};
constexpr int kUsualConfusions = 20;
constexpr int kMostConfusions = 1000;

// To a request a last step of 0 is the end.
StepRange RangeOf(int64_t first, int64_t last) {
  StepRange range{.first = first};
  if (last != 0) range.last = last;
  return range;
}

}  // namespace

absl::Status HistoryService::ListExtremes(const v1::ListStepMetricsRequest& request,
                                          v1::ListStepMetricsResponse* response) {
  if (request.max_points() < kMinPoints || request.max_points() > kRowPages.max_size) {
    return InvalidArgumentError("MAX_POINTS",
                                "max_points is {value}: it must be 0, or from {least} to {most}",
                                request.max_points(), kMinPoints, kRowPages.max_size);
  }
  if (!request.page_token().empty()) {
    return InvalidArgumentError("MAX_POINTS_HAS_ONE_PAGE",
                                "with max_points there is one page: leave page_token out");
  }
  ASSIGN_OR_RETURN(
      std::vector<v1::StepMetrics> steps,
      ReadStepExtremes(database_, request.parent(),
                       RangeOf(request.first_step(), request.last_step()), request.max_points()));
  for (v1::StepMetrics& step : steps) *response->add_steps() = std::move(step);
  return absl::OkStatus();
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
    ASSIGN_OR_RETURN(RowPage<v1::StepMetrics> steps,
                     ReadStepPage(database_, request->parent(), range, page));
    for (v1::StepMetrics& row : steps.rows) *response->add_steps() = std::move(row);
    if (steps.next != 0) response->set_next_page_token(NextPageToken(scope, steps.next));
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
    ASSIGN_OR_RETURN(RowPage<v1::Sample> samples,
                     ReadSamplePage(database_, request->parent(), range, selection, page));
    for (v1::Sample& row : samples.rows) *response->add_samples() = std::move(row);
    if (samples.next != 0) response->set_next_page_token(NextPageToken(scope, samples.next));
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
    ASSIGN_OR_RETURN(RowPage<v1::Evaluation> evaluations,
                     ReadEvaluationPage(database_, request->parent(), page));
    for (v1::Evaluation& row : evaluations.rows) *response->add_evaluations() = std::move(row);
    if (evaluations.next != 0) {
      response->set_next_page_token(NextPageToken(scope, evaluations.next));
    }
    return absl::OkStatus();
  });
}

absl::Status HistoryService::FillConfusions(const v1::GetConfusionsRequest& request,
                                            const std::function<bool()>& is_cancelled,
                                            v1::Confusions* response) {
  if (request.limit() < 0) {
    return NegativeField("limit", request.limit());
  }
  const int limit =
      request.limit() == 0 ? kUsualConfusions : std::min(request.limit(), kMostConfusions);
  switch (request.source()) {
    case v1::CONFUSION_SOURCE_UNSPECIFIED:
    case v1::CONFUSION_SOURCE_SAMPLES: {
      ASSIGN_OR_RETURN(
          *response,
          CountConfusions(database_, request.name(),
                          RangeOf(request.first_step(), request.last_step()), limit, is_cancelled));
      response->set_source(v1::CONFUSION_SOURCE_SAMPLES);
      return absl::OkStatus();
    }
    case v1::CONFUSION_SOURCE_LAST_EVALUATION:
    case v1::CONFUSION_SOURCE_BEST_EVALUATION: {
      ASSIGN_OR_RETURN(*response,
                       ReadConfusions(database_, request.name(), request.source(), limit));
      response->set_source(request.source());
      return absl::OkStatus();
    }
    default:
      return InvalidArgumentError("UNKNOWN_SOURCE",
                                  "source {source} is not one that this server knows",
                                  static_cast<int>(request.source()));
  }
}

grpc::ServerUnaryReactor* HistoryService::GetConfusions(grpc::CallbackServerContext* context,
                                                        const v1::GetConfusionsRequest* request,
                                                        v1::Confusions* response) {
  const bool is_stored = request->source() == v1::CONFUSION_SOURCE_LAST_EVALUATION ||
                         request->source() == v1::CONFUSION_SOURCE_BEST_EVALUATION;
  return RunUnary(
      calls_, context, request, response,
      [=, this] {
        return FillConfusions(
            *request, [context] { return context->IsCancelled(); }, response);
      },
      is_stored ? Length::kShort : Length::kLong);
}

}  // namespace electra::server
