#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/rpc/json_output.h"
#include "client/shell/arguments.h"
#include "client/shell/list_output.h"
#include "client/views/sample_view.h"

namespace electra::client {

namespace {

// "N", "N..M", "N.." or "..M"; what is wrong with another, else empty.
std::string ParseSteps(const std::string& text, SamplesOptions* options) {
  const size_t dots = text.find("..");
  const std::string first = text.substr(0, dots);
  const std::string last = dots == std::string::npos ? first : text.substr(dots + 2);
  const auto read = [](const std::string& part, int64_t* step) {
    return part.empty() || (absl::SimpleAtoi(part, step) && *step >= 0);
  };
  SamplesOptions range;
  const bool reads = read(first, &range.first_step) && read(last, &range.last_step);
  if (!reads || (first.empty() && last.empty())) return Joined(Say(kPhrases.bad_steps, text));
  if (!last.empty() && range.last_step < range.first_step) {
    return Joined(Say(kPhrases.backward_steps, text));
  }
  // To the server a last step of 0 is the end, so a range of one step is that step.
  options->step = std::nullopt;
  if (!last.empty() && range.first_step == range.last_step) options->step = range.first_step;
  options->first_step = range.first_step;
  options->last_step = range.last_step;
  return "";
}

}  // namespace

void AddSamples(CLI::App& app, Runner& runner) {
  auto options = std::make_shared<SamplesOptions>();
  CLI::App* command =
      app.add_subcommand("samples", "Show the recorded sample predictions of a job");
  command->add_option("JOB", options->job, "The job: jobs/ID, ID, or how ID begins")->required();
  command
      ->add_option_function<std::string>(
          "--step",
          [options](const std::string& text) {
            const std::string problem = ParseSteps(text, options.get());
            if (!problem.empty()) throw CLI::ValidationError("--step", problem);
          },
          "Only those of this step, or of these: both ends belong to it; 0 is before the first")
      ->type_name("N|N..M");
  CLI::Option* missed = command->add_flag(
      "--missed", options->missed, "Only what the discriminator missed: fakes not suspected");
  command
      ->add_flag("--suspected", options->suspected,
                 "Only what it suspected wrongly: originals taken for fakes")
      ->excludes(missed);
  command->footer(
      "Example:\n"
      "  electra samples 7f3a --step 120\n"
      "  electra samples 7f3a --step 100..200 --missed");
  command->callback([options, &runner] {
    runner = [options](CommandContext& context) { return RunSamples(context, *options); };
  });
}

ExitCode RunSamples(CommandContext& context, const SamplesOptions& options) {
  v1::ListSamplesRequest request;
  request.set_parent(JobName(options.job));
  if (options.step) {
    request.set_step(*options.step);
  } else {
    request.set_first_step(options.first_step);
    request.set_last_step(options.last_step);
  }
  request.set_missed_only(options.missed);
  request.set_suspected_only(options.suspected);
  const SampleRows rows = options.missed      ? SampleRows::kMissed
                          : options.suspected ? SampleRows::kSuspected
                                              : SampleRows::kAll;
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
                                                   .color = output.color,
                                                   .rows = rows});
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
