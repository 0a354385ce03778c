#include <algorithm>
#include <cerrno>
#include <fstream>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "absl/time/time.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/environment/progress_line.h"
#include "client/export/npy.h"
#include "client/files/output_place.h"
#include "client/files/text_lines.h"
#include "client/i18n/phrases.h"
#include "client/i18n/report_labels.h"
#include "client/rpc/call_outcome.h"
#include "client/rpc/json_output.h"
#include "client/rpc/run_history.h"
#include "client/text/visible_text.h"
#include "electra/v1/inference.pb.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

struct EmbedOptions {
  std::string source;  // a job, or models/NAME
  std::string input;   // a file, or "-"
  std::string output;
  std::string pooling = "mean";
  int64_t step = 0;
  Existing existing = Existing::kRefuse;
};

// Texts in one call: the server answers it in seconds even while it trains.
constexpr size_t kTextsOfEmbedCall = 32;

// Most line numbers in a message.
constexpr size_t kMostNumbers = 10;

absl::StatusOr<std::vector<std::string>> ReadInput(CommandContext& context,
                                                   const std::string& input) {
  if (input == "-") return ReadTextLines(*context.environment.in, "standard input");
  std::ifstream file(input, std::ios::binary);
  if (!file) {
    return LocalError(absl::StatusCode::kNotFound,
                      Say(kPhrases.cannot_open, Visible(input), SystemReason(errno)));
  }
  return ReadTextLines(file, input);
}

struct Written {
  int64_t columns = 0;
  std::vector<size_t> truncated;  // line numbers
};

CallOutcome EmbedAll(CommandContext& context, const EmbedOptions& options,
                     const std::vector<std::string>& texts, const std::filesystem::path& path,
                     Written* written) {
  CallOutcome outcome;
  ProgressLine progress(context.environment.err, context.environment.now);
  v1::EmbedTextRequest request;
  request.set_name(options.source);
  request.set_step(options.step);
  request.set_pooling(options.pooling == "cls" ? v1::CLS : v1::MEAN);
  std::optional<NpyWriter> writer;
  for (size_t first = 0; first < texts.size(); first += kTextsOfEmbedCall) {
    request.clear_texts();
    const size_t end = std::min(first + kTextsOfEmbedCall, texts.size());
    for (size_t i = first; i < end; ++i) request.add_texts(texts[i]);
    v1::EmbedTextResponse response;
    outcome.remote = context.connection.CallWithin(
        std::max(context.connection.timeout(), kLongestAnswer), request, &response);
    if (!outcome.remote.ok()) return outcome;
    // The job may write its next checkpoint meanwhile; all sentences use the same one.
    request.set_step(response.step());
    for (int i = 0; i < response.embeddings_size(); ++i) {
      const v1::TextEmbedding& embedding = response.embeddings(i);
      if (!writer) {
        written->columns = embedding.values_size();
        absl::StatusOr<NpyWriter> created =
            NpyWriter::Create(path, static_cast<int64_t>(texts.size()), written->columns);
        outcome.local = created.status();
        if (!created.ok()) return outcome;
        writer.emplace(*std::move(created));
      }
      outcome.local =
          writer->AddRow({embedding.values().data(), static_cast<size_t>(embedding.values_size())});
      if (!outcome.local.ok()) return outcome;
      if (embedding.truncated()) written->truncated.push_back(first + static_cast<size_t>(i) + 1);
    }
    progress.Update(
        absl::Substitute(ReportLabelsFor(context.language).embedding, end, texts.size()));
  }
  outcome.local =
      writer ? writer->Finish() : LocalError(absl::StatusCode::kDataLoss, kPhrases.no_embedding);
  return outcome;
}

void Say(CommandContext& context, const EmbedOptions& options, size_t rows,
         const Written& written) {
  const ReportLabels& labels = ReportLabelsFor(context.language);
  if (!written.truncated.empty()) {
    const size_t shown = std::min(written.truncated.size(), kMostNumbers);
    const std::string numbers =
        absl::StrCat(absl::StrJoin(written.truncated.begin(),
                                   written.truncated.begin() + static_cast<ptrdiff_t>(shown), ", "),
                     shown < written.truncated.size() ? ", ..." : "");
    *context.environment.err.stream << absl::Substitute(labels.truncated_lines, numbers) << "\n";
  }
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), nlohmann::json{{"file", Visible(options.output)},
                                                {"rows", rows},
                                                {"columns", written.columns},
                                                {"truncated", written.truncated}});
    return;
  }
  context.out() << absl::Substitute(labels.embedded, Visible(options.output), rows, written.columns)
                << "\n";
}

ExitCode RunEmbed(CommandContext& context, const EmbedOptions& options) {
  EmbedOptions named = options;
  const absl::StatusOr<std::vector<std::string>> texts = ReadInput(context, named.input);
  if (!texts.ok()) return context.Fail(texts.status());
  if (texts->empty()) {
    return context.Fail(InvalidArgument(kPhrases.no_line, Visible(named.input)));
  }
  CallOutcome outcome = FindJobOrModel(context, options.source, &named.source);
  if (!outcome.ok()) return context.Fail(outcome);
  Written written;
  const absl::Status status =
      WriteFileInPlace(named.output, named.existing, [&](const std::filesystem::path& path) {
        outcome = EmbedAll(context, named, *texts, path, &written);
        return outcome.ok() ? absl::OkStatus() : absl::UnknownError("not embedded");
      });
  if (!outcome.ok()) return context.Fail(outcome);
  if (!status.ok()) return context.Fail(status);
  Say(context, named, texts->size(), written);
  return ExitCode::kDone;
}

}  // namespace

void AddEmbed(Command& program) {
  auto options = std::make_shared<EmbedOptions>();
  Command command =
      program.AddCommand("embed", "Write sentence embeddings for search and clustering");
  AddJobOrModelArgument(command, options->source).Required();
  command
      .AddOption("--input", options->input,
                 "UTF-8 file with one sentence per line; - reads standard input")
      .ValueName("FILE")
      .Required();
  command
      .AddOption(
          "--output", options->output,
          "NumPy file to write: one row of float32 for each line of the input, in the same order")
      .ValueName("FILE.npy")
      .Required();
  command
      .AddOption("--pooling", options->pooling,
                 "Use the mean of the last hidden states of all tokens, or that of [CLS]")
      .OneOf({"mean", "cls"})
      .ShowDefault();
  command
      .AddOption("--checkpoint", options->step,
                 "Use the checkpoint of this step (default: the final one)")
      .ValueName("STEP")
      .Positive();
  command.AddFlag(
      "--force", [options] { options->existing = Existing::kReplace; },
      "Overwrite an existing file");
  command.Footer(
      "Example:\n"
      "  electra embed 7f3a --input sentences.txt --output sentences.npy\n"
      "  python3 -c 'import numpy; print(numpy.load(\"sentences.npy\").shape)'\n\n"
      "Runs on one CPU thread of the server, with low priority.");
  command.Runs([options](CommandContext& context) { return RunEmbed(context, *options); });
}

}  // namespace electra::client
