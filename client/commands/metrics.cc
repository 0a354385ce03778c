#include <CLI/CLI.hpp>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/arguments.h"
#include "client/commands/commands.h"
#include "client/list_output.h"
#include "client/render/format.h"

namespace electra::client {
namespace {

std::string Precise(double number) { return absl::StrFormat("%.4f", number); }

// People compare columns of equal precision, programs want every digit.
std::string Number(const CommandContext& context, double number) {
  return context.environment.out.is_terminal ? Precise(number) : FormatNumber(number);
}

std::vector<StyledText> StepCells(const CommandContext& context, const v1::StepMetrics& step) {
  const auto number = [&](double value) { return StyledText(Number(context, value)); };
  return {absl::StrCat(step.step()),
          absl::StrCat(step.epoch()),
          number(step.combined_loss()),
          number(step.generator_loss()),
          number(step.discriminator_loss()),
          number(step.generator_accuracy()),
          number(step.discriminator_accuracy()),
          number(step.discriminator_precision()),
          number(step.discriminator_recall()),
          FormatNumber(step.learning_rate()),
          number(step.gradient_norm()),
          ListCount(context, step.tokens_seen()),
          absl::StrFormat("%.0f", step.tokens_per_second())};
}

}  // namespace

void AddMetrics(CLI::App& app, Runner& runner) {
  auto options = std::make_shared<HistoryOptions>();
  CLI::App* command = app.add_subcommand("metrics", "Show the losses and rates of a job's steps");
  command->add_option("JOB", options->job, "The job: jobs/ID, ID, or how ID begins")->required();
  command->add_option("--from", options->first_step, "First step")
      ->type_name("N")
      ->check(AtLeast(1));
  command->add_option("--to", options->last_step, "Last step")->type_name("N")->check(AtLeast(1));
  command->footer(
      "Example:\n"
      "  electra metrics 7f3a --from 100 --to 200\n"
      "  electra metrics 7f3a | cut -f1,3        # step and combined loss\n\n"
      "A pipe gets, separated by tabs: step, epoch, combined, generator and discriminator loss,\n"
      "generator accuracy, discriminator accuracy, precision and recall, learning rate,\n"
      "gradient norm, tokens seen, tokens a second.");
  command->callback([options, &runner] {
    runner = [options](CommandContext& context) { return RunMetrics(context, *options); };
  });
}

ExitCode RunMetrics(CommandContext& context, const HistoryOptions& options) {
  const Labels& labels = context.labels();
  ListOutput list(context, {{labels.step, Align::kRight},
                            {labels.epoch, Align::kRight},
                            {"LOSS", Align::kRight},
                            {"GEN", Align::kRight},
                            {"DISC", Align::kRight},
                            {"GEN ACC", Align::kRight},
                            {"DISC ACC", Align::kRight},
                            {"PREC", Align::kRight},
                            {"RECALL", Align::kRight},
                            {"LR", Align::kRight},
                            {"GRAD", Align::kRight},
                            {"TOKENS", Align::kRight},
                            {"TOK/S", Align::kRight}});
  v1::ListStepMetricsRequest request;
  request.set_parent(JobName(options.job));
  request.set_first_step(options.first_step);
  request.set_last_step(options.last_step);
  const grpc::Status status = ForEachPage<v1::ListStepMetricsResponse>(
      request,
      [&](const v1::ListStepMetricsRequest& page, v1::ListStepMetricsResponse* response) {
        return context.connection.Call(context.connection.history(),
                                       &v1::HistoryService::Stub::ListStepMetrics, page, response);
      },
      [&](const v1::ListStepMetricsResponse& response) {
        for (const v1::StepMetrics& step : response.steps()) {
          list.Add(step, StepCells(context, step));
        }
        return true;
      });
  if (!status.ok()) return context.Fail(status);
  list.Finish();
  return ExitCode::kDone;
}

}  // namespace electra::client
