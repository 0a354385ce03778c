#include <CLI/CLI.hpp>
#include <memory>

#include "client/arguments.h"
#include "client/commands/commands.h"
#include "client/json_output.h"
#include "client/list_output.h"
#include "client/render/sample_view.h"

namespace electra::client {

void AddSamples(CLI::App& app, Runner& runner) {
  auto options = std::make_shared<HistoryOptions>();
  auto step = std::make_shared<int64_t>(0);
  CLI::App* command =
      app.add_subcommand("samples", "Show the recorded sample predictions of a job");
  command->add_option("JOB", options->job, "The job: jobs/ID, ID, or how ID begins")->required();
  command->add_option("--step", *step, "Only those of this step")
      ->type_name("N")
      ->check(AtLeast(1));
  command->footer(
      "Example:\n"
      "  electra samples 7f3a --step 120");
  command->callback([options, step, &runner] {
    options->first_step = *step;
    options->last_step = *step;
    runner = [options](CommandContext& context) { return RunSamples(context, *options); };
  });
}

ExitCode RunSamples(CommandContext& context, const HistoryOptions& options) {
  v1::ListSamplesRequest request;
  request.set_parent(JobName(options.job));
  request.set_first_step(options.first_step);
  request.set_last_step(options.last_step);
  const Output& output = context.environment.out;
  bool found = false;
  const grpc::Status status = ForEachPage<v1::ListSamplesResponse>(
      request,
      [&](const v1::ListSamplesRequest& page, v1::ListSamplesResponse* response) {
        return context.connection.Call(context.connection.history(),
                                       &v1::HistoryService::Stub::ListSamples, page, response);
      },
      [&](const v1::ListSamplesResponse& response) {
        for (const v1::Sample& sample : response.samples()) {
          if (context.format == OutputFormat::kJson) {
            WriteJsonLine(context.out(), sample);
          } else {
            if (found) context.out() << "\n";
            context.out() << RenderSample(sample, {.language = context.language,
                                                   .width = output.RenderWidth(),
                                                   .color = output.color});
          }
          found = true;
        }
        return true;
      });
  if (!status.ok()) return context.Fail(status);
  if (!found && output.is_terminal && context.format == OutputFormat::kText) {
    context.out() << context.labels().none_yet << "\n";
  }
  return ExitCode::kDone;
}

}  // namespace electra::client
