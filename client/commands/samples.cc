#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/i18n/phrases.h"
#include "client/rpc/json_output.h"
#include "client/rpc/pages.h"
#include "client/shell/list_output.h"
#include "client/views/sample_view.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

struct SamplesOptions {
  std::string job;
  int64_t first_step = 0;
  int64_t last_step = 0;        // 0: to the end
  std::optional<int64_t> step;  // only this one
  bool missed = false;
  bool suspected = false;
};

// "N", "N..M", "N.." or "..M".
absl::Status ReadSteps(const std::string& text, SamplesOptions* options) {
  const size_t dots = text.find("..");
  const std::string first = text.substr(0, dots);
  const std::string last = dots == std::string::npos ? first : text.substr(dots + 2);
  const auto read = [](const std::string& part, int64_t* step) {
    return part.empty() || (absl::SimpleAtoi(part, step) && *step >= 0);
  };
  SamplesOptions range;
  const bool reads = read(first, &range.first_step) && read(last, &range.last_step);
  if (!reads || (first.empty() && last.empty())) return InvalidArgument(kPhrases.bad_steps, text);
  if (!last.empty() && range.last_step < range.first_step) {
    return InvalidArgument(kPhrases.backward_steps, text);
  }
  // To the server a last step of 0 is the end, so a range of one step is that step.
  options->step = std::nullopt;
  if (!last.empty() && range.first_step == range.last_step) options->step = range.first_step;
  options->first_step = range.first_step;
  options->last_step = range.last_step;
  return absl::OkStatus();
}

ExitCode RunSamples(CommandContext& context, const SamplesOptions& options) {
  v1::ListSamplesRequest request;
  if (const CallOutcome found = FindJob(context, options.job, request.mutable_parent());
      !found.ok()) {
    return context.Fail(found);
  }
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
      context.connection, request, [&](const v1::ListSamplesResponse& response) {
        for (const v1::Sample& sample : response.samples()) {
          if (context.format == OutputFormat::kJson) {
            WriteJsonLine(context.out(), sample);
          } else {
            if (found) context.out() << "\n";
            context.out() << RenderSample(sample, {.language = context.language,
                                                   .width = output.RenderWidth(),
                                                   .color = output.color,
                                                   .charset = output.charset,
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

}  // namespace

void AddSamples(Command& program) {
  auto options = std::make_shared<SamplesOptions>();
  Command command = program.AddCommand("samples", "Show a job's recorded sample predictions");
  AddJobArgument(command, options->job).Required();
  command
      .AddOption(
          "--step", [options](const std::string& text) { return ReadSteps(text, options.get()); },
          "Show only this step or this range, both ends included; 0 is before the first step")
      .ValueName("N|N..M");
  Option missed =
      command.AddFlag("--missed", options->missed, "Show only fakes that the discriminator missed");
  command
      .AddFlag("--suspected", options->suspected,
               "Show only originals that the discriminator took for fakes")
      .Excludes(missed);
  command.Footer(
      "Example:\n"
      "  electra samples 7f3a --step 120\n"
      "  electra samples 7f3a --step 100..200 --missed");
  command.Runs([options](CommandContext& context) { return RunSamples(context, *options); });
}

}  // namespace electra::client
