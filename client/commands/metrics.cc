#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/rpc/pages.h"
#include "client/shell/list_output.h"
#include "client/text/curves.h"
#include "client/text/format.h"
#include "client/text/rate_curve.h"
#include "client/views/scalars.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

struct MetricsOptions {
  std::string job;
  int64_t first_step = 0;
  int64_t last_step = 0;   // 0: to the end
  int32_t max_points = 0;  // 0: every step, or as many as a plot shows
  bool plot = false;
};

std::string Precise(double number) { return absl::StrFormat("%.4f", number); }

// People compare columns of equal precision, programs want every digit.
std::string Number(const CommandContext& context, std::optional<double> number) {
  if (!number) return "-";
  return context.environment.out.is_terminal ? Precise(*number) : FormatNumber(*number);
}

std::string LearningRate(const CommandContext& context, double rate) {
  return context.environment.out.is_terminal ? FormatRate(rate) : FormatNumber(rate);
}

// The columns of a table: a narrow terminal gets the ones by which users judge a run, a pipe gets
// all; ranks interest people only where there are several.
enum class StepsLayout { kNarrow, kUsual, kWithRanks };

StepsLayout LayoutOf(const CommandContext& context, const v1::ListStepMetricsResponse& first_page) {
  constexpr int kUsualWidth = 110;
  constexpr int kWithRanksWidth = 130;
  const Output& output = context.environment.out;
  if (!output.is_terminal) return StepsLayout::kWithRanks;
  if (output.width() < kUsualWidth) return StepsLayout::kNarrow;
  const bool has_ranks = std::any_of(first_page.steps().begin(), first_page.steps().end(),
                                     [](const v1::StepMetrics& step) { return step.ranks() > 1; });
  return has_ranks && output.width() >= kWithRanksWidth ? StepsLayout::kWithRanks
                                                        : StepsLayout::kUsual;
}

std::vector<Column> Columns(const CommandContext& context, StepsLayout layout) {
  const Labels& labels = context.labels();
  const auto right = [](const char* heading) { return Column{heading, Align::kRight}; };
  if (layout == StepsLayout::kNarrow) {
    return {right(labels.step), right("LOSS"),   right("GEN"),  right("DISC"),
            right("PREC"),      right("RECALL"), right("TOK/S")};
  }
  std::vector<Column> columns = {
      right(labels.step), right(labels.epoch), right("LOSS"), right("GEN"),    right("DISC"),
      right("GEN ACC"),   right("DISC ACC"),   right("PREC"), right("RECALL"), right("LR"),
      right("GRAD"),      right("TOKENS"),     right("TOK/S")};
  if (layout == StepsLayout::kWithRanks) {
    columns.push_back(right("RANKS"));
    columns.push_back(right("SLOWEST"));
  }
  return columns;
}

std::vector<StyledText> StepCells(const CommandContext& context, StepsLayout layout,
                                  const v1::StepMetrics& step) {
  const std::string speed = absl::StrFormat("%.0f", step.tokens_per_second());
  if (layout == StepsLayout::kNarrow) {
    return {absl::StrCat(step.step()),
            FormatLoss(step.combined_loss()),
            FormatLoss(step.generator_loss()),
            FormatLoss(step.discriminator_loss()),
            FormatLoss(PrecisionOf(step)),
            FormatLoss(RecallOf(step)),
            speed};
  }
  const auto number = [&](std::optional<double> value) {
    return StyledText(Number(context, value));
  };
  std::vector<StyledText> cells = {absl::StrCat(step.step()),
                                   absl::StrCat(step.epoch()),
                                   number(step.combined_loss()),
                                   number(step.generator_loss()),
                                   number(step.discriminator_loss()),
                                   number(step.generator_accuracy()),
                                   number(step.discriminator_accuracy()),
                                   number(PrecisionOf(step)),
                                   number(RecallOf(step)),
                                   LearningRate(context, step.learning_rate()),
                                   number(step.gradient_norm()),
                                   ListCount(context, step.tokens_seen()),
                                   speed};
  if (layout == StepsLayout::kWithRanks) {
    cells.emplace_back(absl::StrCat(std::max(step.ranks(), 1)));
    cells.emplace_back(absl::StrFormat("%.0f", step.slowest_rank_tokens_per_second()));
  }
  return cells;
}

using Step = v1::StepMetrics;

NamedCurve LossCurve(const char* name, const v1::ListStepMetricsResponse& response,
                     double (Step::*loss)() const) {
  NamedCurve curve{.name = name, .points = {}};
  for (const Step& step : response.steps()) {
    curve.points.push_back({static_cast<double>(step.step()), (step.*loss)()});
  }
  return curve;
}

// `width` of the picture.
NamedCurve RateCurveOf(const char* name, const v1::ListStepMetricsResponse& response, int width,
                       Ratio (*ratio)(const Step&)) {
  RateCurve curve;
  for (const Step& step : response.steps()) curve.Add(step.step(), ratio(step));
  return {.name = name, .points = curve.Points(kDotsInCell * width)};
}

ExitCode PlotSteps(CommandContext& context, v1::ListStepMetricsRequest request) {
  const Output& output = context.environment.out;
  const int width = output.is_terminal ? output.width() : kPlotWidth;
  // Two for each column of dots: the lowest and the highest.
  if (request.max_points() == 0) request.set_max_points(std::clamp(4 * width, 400, 4000));
  v1::ListStepMetricsResponse steps;
  const grpc::Status status = context.connection.Call(request, &steps);
  if (!status.ok()) return context.Fail(status);
  const Labels& labels = context.labels();
  // One plot each: next to the generator's loss, the discriminator's would be a line at the bottom.
  std::string losses;
  for (const NamedCurve& curve : {LossCurve("Combined", steps, &Step::combined_loss),
                                  LossCurve("Generator", steps, &Step::generator_loss),
                                  LossCurve("Discriminator", steps, &Step::discriminator_loss)}) {
    losses += RenderCurves(labels.loss_curves, {curve},
                           {.width = width, .rows = 10, .color = output.color});
  }
  const std::string quality =
      RenderCurves(labels.quality_curves,
                   {RateCurveOf("Generator", steps, width, GeneratorAccuracyRatio),
                    RateCurveOf("Discriminator", steps, width, DiscriminatorAccuracyRatio),
                    RateCurveOf("Precision", steps, width, PrecisionRatio),
                    RateCurveOf("Recall", steps, width, RecallRatio)},
                   {.width = width, .color = output.color});
  if (losses.empty()) {
    context.out() << labels.none_yet << "\n";
  } else {
    context.out() << losses << "\n" << quality;
  }
  return ExitCode::kDone;
}

ExitCode RunMetrics(CommandContext& context, const MetricsOptions& options) {
  if (absl::Status status = CheckSteps(options.first_step, options.last_step); !status.ok()) {
    return context.Fail(status);
  }
  v1::ListStepMetricsRequest request;
  if (const CallOutcome found = FindJob(context, options.job, request.mutable_parent());
      !found.ok()) {
    return context.Fail(found);
  }
  request.set_first_step(options.first_step);
  request.set_last_step(options.last_step);
  request.set_max_points(options.max_points);
  if (options.plot && context.format == OutputFormat::kText) return PlotSteps(context, request);
  StepsLayout layout = StepsLayout::kUsual;
  std::optional<ListOutput> list;
  const grpc::Status status = ForEachPage<v1::ListStepMetricsResponse>(
      context.connection, request, [&](const v1::ListStepMetricsResponse& response) {
        if (!list) {
          layout = LayoutOf(context, response);
          list.emplace(context, Columns(context, layout));
        }
        for (const v1::StepMetrics& step : response.steps()) {
          list->Add(step, StepCells(context, layout, step));
        }
        return true;
      });
  if (!status.ok()) return context.Fail(status);
  if (list) list->Finish();
  return ExitCode::kDone;
}

}  // namespace

void AddMetrics(Command& program) {
  auto options = std::make_shared<MetricsOptions>();
  Command command = program.AddCommand("metrics", "Show a job's losses and rates, step by step");
  AddJobArgument(command, options->job).Required();
  command.AddOption("--from", options->first_step, "First step to show").ValueName("N").AtLeast(1);
  command.AddOption("--to", options->last_step, "Last step to show").ValueName("N").AtLeast(1);
  command
      .AddOption("--downsample", options->max_points,
                 "Show at most this many steps; the server keeps the lowest and highest loss of "
                 "each interval")
      .ValueName("N")
      .AtLeast(4);
  command.AddFlag("--plot", options->plot, "Plot curves instead of printing a table");
  command.Footer(
      "Example:\n"
      "  electra metrics 7f3a --from 100 --to 200\n"
      "  electra metrics 7f3a --plot\n"
      "  electra metrics 7f3a --downsample 1000 > curve.tsv\n"
      "  electra metrics 7f3a | cut -f1,3        # step and combined loss\n\n"
      "In a pipe, prints tab-separated fields: step, epoch, combined, generator and discriminator\n"
      "loss, generator accuracy, discriminator accuracy, precision and recall, learning rate, "
      "gradient\n"
      "norm, tokens seen, tokens per second, ranks, tokens per second of the slowest rank.\n"
      "Undefined values (precision and recall without a fake) are printed as -.");
  command.Runs([options](CommandContext& context) { return RunMetrics(context, *options); });
}

}  // namespace electra::client
