#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/commands/confirm.h"
#include "client/commands/job_argument.h"
#include "client/i18n/phrases.h"
#include "client/i18n/server_message.h"
#include "client/rpc/job_list.h"
#include "client/rpc/json_output.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "client/transfer/model_fetch.h"
#include "client/transfer/model_transfer.h"
#include "core/base/hub_name.h"
#include "electra/v1/model.pb.h"
#include "google/protobuf/empty.pb.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

struct ModelImportOptions {
  std::string name;
  std::string generator;  // empty: without a generator
  std::string discriminator;
  bool on_server = false;  // the directories are the server's
};

struct ModelDownloadOptions {
  std::string source;  // a job, or models/NAME
  std::string directory;
  int64_t step = 0;  // 0: the newest checkpoint
  std::string part = "both";
  std::string dtype = "float32";
};

struct ModelDeleteOptions {
  std::string name;
  Confirmation confirmation = Confirmation::kAsk;
};

void SayImported(const CommandContext& context, const v1::Model& model) {
  if (context.format == OutputFormat::kJson) return WriteJsonLine(context.out(), model);
  if (!context.environment.out.is_terminal) {
    context.out() << Visible(model.name()) << "\n";
  } else {
    context.out() << absl::Substitute(context.labels().imported, Visible(model.name()),
                                      FormatBytes(model.size_bytes()))
                  << "\n";
  }
  SayNotes(context, model);
}

ExitCode RunHubImport(CommandContext& context, const ModelImportOptions& options) {
  if (!options.generator.empty() && !IsHubName(options.generator)) {
    return context.Fail(InvalidArgument(kPhrases.hub_and_files));
  }
  if (options.on_server) return context.Fail(InvalidArgument(kPhrases.hub_on_server));
  v1::FetchModelRequest request;
  request.set_name(ModelName(options.name));
  request.set_discriminator(options.discriminator);
  request.set_generator(options.generator);
  v1::Model model;
  if (const CallOutcome fetched = FetchModel(context, request, &model); !fetched.ok()) {
    return context.Fail(fetched);
  }
  SayImported(context, model);
  return ExitCode::kDone;
}

ExitCode RunModelImport(CommandContext& context, const ModelImportOptions& options) {
  if (IsHubName(options.discriminator)) return RunHubImport(context, options);
  if (IsHubName(options.generator)) {
    return context.Fail(InvalidArgument(kPhrases.hub_and_files));
  }
  const ImportOutcome outcome = ImportModel(context, {.name = ModelName(options.name),
                                                      .generator = options.generator,
                                                      .discriminator = options.discriminator,
                                                      .on_server = options.on_server});
  if (!outcome.local.ok()) return context.Fail(outcome.local);
  if (!outcome.remote.ok()) return context.Fail(outcome.remote);
  SayImported(context, outcome.model);
  return ExitCode::kDone;
}

ExitCode RunModelDownload(CommandContext& context, const ModelDownloadOptions& options) {
  v1::DownloadModelRequest request;
  if (const CallOutcome found = FindJobOrModel(context, options.source, request.mutable_name());
      !found.ok()) {
    return context.Fail(found);
  }
  request.set_step(options.step);
  if (options.part == "generator") request.set_part(v1::GENERATOR);
  // A fine-tuned model is one network: its files go into the folder itself.
  if (options.part == "discriminator" || absl::StartsWith(request.name(), "finetunings/")) {
    request.set_part(v1::DISCRIMINATOR);
  }
  request.set_weight_type(options.dtype == "bfloat16"  ? v1::BFLOAT16
                          : options.dtype == "float16" ? v1::FLOAT16
                                                       : v1::FLOAT32);
  const DownloadOutcome outcome = DownloadModel(context, request, options.directory);
  if (!outcome.local.ok()) return context.Fail(outcome.local);
  if (!outcome.remote.ok()) return context.Fail(outcome.remote);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), nlohmann::json{{"directory", Visible(options.directory)},
                                                {"size_bytes", outcome.size_bytes}});
  } else {
    context.out() << absl::Substitute(context.labels().downloaded, Visible(request.name()),
                                      Visible(options.directory), FormatBytes(outcome.size_bytes))
                  << "\n";
  }
  return ExitCode::kDone;
}

CallOutcome ConfirmModel(CommandContext& context, const std::string& name, bool* confirmed) {
  v1::GetModelRequest request;
  request.set_name(name);
  v1::Model model;
  CallOutcome outcome;
  outcome.remote = context.connection.Call(request, &model);
  if (!outcome.ok()) return outcome;
  return ConfirmReferred(context, name, absl::StrCat("model=", FilterValue(name)),
                         Say(kPhrases.confirm_model, Visible(name)).In(context.language),
                         confirmed);
}

ExitCode RunModelDelete(CommandContext& context, const ModelDeleteOptions& options) {
  v1::DeleteModelRequest request;
  request.set_name(ModelName(options.name));
  if (options.confirmation == Confirmation::kAsk) {
    bool confirmed = false;
    const CallOutcome asked = ConfirmModel(context, request.name(), &confirmed);
    if (!asked.ok()) return context.Fail(asked);
    if (!confirmed) {
      SayKept(context, request.name());
      return ExitCode::kDone;
    }
  }
  google::protobuf::Empty nothing;
  const grpc::Status status = context.connection.Call(request, &nothing);
  if (!status.ok()) return context.Fail(status);
  SayDeleted(context, request.name());
  return ExitCode::kDone;
}

void AddImport(Command& group) {
  auto options = std::make_shared<ModelImportOptions>();
  Command command =
      group.AddCommand("import", "Upload a Hugging Face ELECTRA model to start jobs from");
  command
      .AddOption("NAME", options->name,
                 "Name of the model on the server, for `submit --model NAME`")
      .Required();
  command
      .AddOption("--discriminator", options->discriminator,
                 "Directory of the discriminator (ElectraForPreTraining), or its name on the "
                 "Hugging Face hub, hf:ORG/NAME[@REVISION]")
      .ValueName("DIR|hf:NAME")
      .Required();
  command
      .AddOption("--generator", options->generator,
                 "Directory of the generator (ElectraForMaskedLM), or its name on the hub; without "
                 "one, each job creates it, see the hyperparameter generator_size")
      .ValueName("DIR|hf:NAME");
  command.AddFlag("--server-path", options->on_server,
                  "Read the directories on the server's machine, in a folder that electrad knows "
                  "as --trusted-models");
  command.Footer(
      "Example:\n"
      "  electra model import koelectra-small \\\n"
      "      --generator koelectra-small-v3-generator \\\n"
      "      --discriminator koelectra-small-v3-discriminator\n"
      "  electra submit --corpus books.csv --column text --model koelectra-small\n"
      "  electra model import koelectra-small \\\n"
      "      --generator hf:monologg/koelectra-small-v3-generator \\\n"
      "      --discriminator hf:monologg/koelectra-small-v3-discriminator\n\n"
      "The server fetches hf: names. Where it cannot reach the hub, they come from this\n"
      "machine's own Hugging Face cache (HF_HOME).\n\n"
      "Reads config.json, model.safetensors or pytorch_model.bin (also in shards), vocab.txt or\n"
      "tokenizer.json, tokenizer_config.json, special_tokens_map.json and added_tokens.json.");
  command.Runs([options](CommandContext& context) { return RunModelImport(context, *options); });
}

void AddDownload(Command& group) {
  auto options = std::make_shared<ModelDownloadOptions>();
  Command command =
      group.AddCommand("download", "Download a trained model as Hugging Face directories");
  AddJobOrModelArgument(command, options->source).Required();
  command.AddOption("DIR", options->directory, "Output folder; must be new or empty").Required();
  command
      .AddOption("--checkpoint", options->step,
                 "Use the checkpoint of this step (default: the final one)")
      .ValueName("STEP")
      .Positive();
  command
      .AddOption(
          "--part", options->part,
          "Networks to write: one into DIR, or both into DIR/generator and DIR/discriminator")
      .OneOf({"discriminator", "generator", "both"})
      .ShowDefault();
  command.AddOption("--dtype", options->dtype, "Data type of the weights")
      .OneOf({"float32", "bfloat16", "float16"})
      .ShowDefault();
  command.Footer(
      "Example:\n"
      "  electra model download 7f3a adapted --part discriminator\n"
      "  python3 -c 'import transformers as t; "
      "t.ElectraForPreTraining.from_pretrained(\"adapted\")'");
  command.Runs([options](CommandContext& context) { return RunModelDownload(context, *options); });
}

void AddModelDelete(Command& group) {
  auto options = std::make_shared<ModelDeleteOptions>();
  Command command = group.AddCommand(
      "delete", "Delete an imported model; fails while an unfinished job starts from it");
  command.AddOption("MODEL", options->name, "Model name").Required();
  AddYesFlag(command, options->confirmation);
  command.Footer(
      "Example:\n"
      "  electra model delete koelectra-small\n"
      "  electra model delete --yes koelectra-small");
  command.Runs([options](CommandContext& context) { return RunModelDelete(context, *options); });
}

}  // namespace

void SayNotes(const CommandContext& context, const v1::Model& model) {
  for (const Message& note : ServerMessages(model.notes(), model.note_codes())) {
    *context.environment.err.stream << "  " << Visible(InLanguage(note, context.language)) << "\n";
  }
}

void AddModel(Command& parent) {
  Command group = parent.AddCommand("model", "List, import, download and delete models");
  group.RequireCommand();
  group.Footer(
      "Example:\n"
      "  electra model list\n"
      "  electra model import koelectra-small --generator G --discriminator D\n"
      "  electra model download 7f3a adapted --part discriminator");
  AddModelList(group, "list");
  AddImport(group);
  AddDownload(group);
  AddModelDelete(group);
}

}  // namespace electra::client
