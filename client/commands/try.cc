#include <algorithm>
#include <memory>
#include <type_traits>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/files/text_lines.h"
#include "client/i18n/phrases.h"
#include "client/rpc/json_output.h"
#include "client/views/judgement_view.h"
#include "electra/v1/inference.pb.h"

namespace electra::client {
namespace {

enum class TryMode { kFake, kJudge };

struct TryOptions {
  std::string source;              // a job, or models/NAME
  std::vector<std::string> texts;  // none: the lines of standard input
  TryMode mode = TryMode::kFake;
  std::optional<int64_t> seed;  // none: one at random
  int64_t step = 0;             // of the checkpoint; 0: the job's model
};

// Texts in one call: one or two sentences are shown soon, and many take few calls.
constexpr size_t kTextsOfTryCall = 16;

// A double, and so JSON, holds integers exactly up to this number.
constexpr double kLargestRandomSeed = 9007199254740991;

// Shows the answers of one call; `first` is the number of its first sentence.
template <typename Response>
void Show(CommandContext& context, const TryOptions& options, const std::string& model,
          size_t first, const Response& response) {
  const Output& output = context.environment.out;
  const SampleViewOptions view{.language = context.language,
                               .width = output.RenderWidth(),
                               .color = output.color,
                               .charset = output.charset};
  for (int i = 0; i < response.texts_size(); ++i) {
    const v1::JudgedText& text = response.texts(i);
    if (context.format == OutputFormat::kJson) {
      WriteJsonLine(context.out(), text);
      continue;
    }
    const JudgementHeading heading{
        .number = static_cast<int>(first) + i, .model = model, .step = response.step()};
    if (heading.number > 1) context.out() << "\n";
    context.out() << (options.mode == TryMode::kFake ? RenderFakedText(text, heading, view)
                                                     : RenderJudgedText(text, heading, view))
                  << std::flush;
  }
}

template <typename Response, typename Request>
ExitCode TryAll(CommandContext& context, const TryOptions& options,
                const std::vector<std::string>& texts, Request request) {
  request.set_name(options.source);
  request.set_step(options.step);
  for (size_t first = 0; first < texts.size(); first += kTextsOfTryCall) {
    request.clear_texts();
    // A sentence's masks and fakes depend on the seed and its place in the call.
    if constexpr (std::is_same_v<Request, v1::FakeTextRequest>) {
      request.set_seed(static_cast<int64_t>(static_cast<uint64_t>(*options.seed) + first));
    }
    const size_t end = std::min(first + kTextsOfTryCall, texts.size());
    for (size_t i = first; i < end; ++i) request.add_texts(texts[i]);
    Response response;
    const grpc::Status status = context.connection.CallWithin(
        std::max(context.connection.timeout(), kLongestAnswer), request, &response);
    if (!status.ok()) return context.Fail(status);
    Show(context, options, options.source, first + 1, response);
  }
  return ExitCode::kDone;
}

ExitCode RunTry(CommandContext& context, const TryOptions& options) {
  TryOptions named = options;
  std::vector<std::string> texts = named.texts;
  if (texts.empty()) {
    absl::StatusOr<std::vector<std::string>> lines =
        ReadTextLines(*context.environment.in, "standard input");
    if (!lines.ok()) return context.Fail(lines.status());
    texts = *std::move(lines);
    // Here a blank line is not a sentence.
    texts.erase(std::remove_if(texts.begin(), texts.end(),
                               [](const std::string& text) {
                                 return text.find_first_not_of(" \t\r") == std::string::npos;
                               }),
                texts.end());
  } else if (absl::Status status = CheckTexts(texts, "--text"); !status.ok()) {
    return context.Fail(status);
  }
  if (texts.empty()) {
    return context.Fail(InvalidArgument(kPhrases.no_sentence));
  }
  if (const CallOutcome found = FindJobOrModel(context, options.source, &named.source);
      !found.ok()) {
    return context.Fail(found);
  }
  if (named.mode == TryMode::kJudge) {
    return TryAll<v1::JudgeTextResponse>(context, named, texts, v1::JudgeTextRequest());
  }
  if (!named.seed)
    named.seed = static_cast<int64_t>(context.environment.random() * kLargestRandomSeed);
  return TryAll<v1::FakeTextResponse>(context, named, texts, v1::FakeTextRequest());
}

}  // namespace

void AddTry(Command& program) {
  auto options = std::make_shared<TryOptions>();
  Command command =
      program.AddCommand("try", "Let a trained model fake and judge your own sentences");
  AddJobOrModelArgument(command, options->source).Required();
  command
      .AddOption("--text", options->texts,
                 "Sentence to try; can be repeated (default: the lines of standard input)")
      .ValueName("TEXT")
      .OneEach();
  command.AddFlag(
      "--judge-only", [options] { options->mode = TryMode::kJudge; },
      "Replace nothing: show how likely each token of the sentence is out of place");
  command
      .AddOption("--seed", options->seed, "Random seed of masks and fakes (default: a random one)")
      .ValueName("N")
      .AtLeast(0);
  command
      .AddOption("--checkpoint", options->step,
                 "Use the checkpoint of this step (default: the final one)")
      .ValueName("STEP")
      .Positive();
  command.Footer(
      "Example:\n"
      "  electra try 7f3a --text \"안드로이드 플랫폼 기반의 웹앱\" --seed 1\n"
      "  electra try 7f3a --judge-only < draft.txt    # words that do not fit the domain\n\n"
      "Runs on one CPU thread of the server, with low priority.");
  command.Runs([options](CommandContext& context) { return RunTry(context, *options); });
}

}  // namespace electra::client
