// `electra config init|explain|validate`: job files, with the server's knowledge of their keys.
#include <filesystem>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/commands/commands.h"
#include "client/commands/config_validate.h"
#include "client/files/user_file.h"
#include "client/i18n/phrases.h"
#include "client/i18n/server_message.h"
#include "client/i18n/suggestion.h"
#include "client/jobfile/job_keys.h"
#include "client/rpc/json_output.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "client/views/hyperparameter_text.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/model.pb.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

struct ConfigInitOptions {
  std::string model;
  std::string output;  // empty: standard output
};

using nlohmann::json;

constexpr char kPrefix[] = "hyperparameters.";

grpc::Status ListHyperparameters(CommandContext& context, v1::ListHyperparametersResponse* table) {
  return context.connection.Call(v1::ListHyperparametersRequest(), table);
}

// A model's default learning rate; 0: the server does not know the model, or it is a job's.
grpc::Status ModelLearningRate(CommandContext& context, const std::string& model, double* rate) {
  *rate = 0;
  if (IsOfJob(model)) return grpc::Status::OK;
  v1::GetModelRequest request;
  request.set_name(ModelName(model));
  v1::Model found;
  grpc::Status status = context.connection.Call(request, &found);
  *rate = found.learning_rate();
  return status;
}

std::string Comment(const std::string& text, const std::string& accepted,
                    const std::string& indent) {
  return absl::StrCat(indent, "# ", Visible(text),
                      accepted.empty() ? "" : absl::StrCat(" (", Visible(accepted), ")"), "\n");
}

// The keys of a job; only the corpus must be filled in.
std::string JobPart(const CommandContext& context, const std::string& model) {
  std::string text;
  for (const JobKey& key : JobKeys()) {
    if (key.name == "hyperparameters") continue;
    const bool is_set = key.name == "corpus" || (key.name == "model" && !model.empty());
    const std::string value = key.name == "model" && !model.empty() ? model : key.example;
    absl::StrAppend(&text, "\n", Comment(key.meaning->In(context.language), key.accepted, ""));
    absl::StrAppend(&text, is_set ? "" : "# ", key.name, ": ", value);
    const std::string without = key.default_value->In(context.language);
    if (!is_set && without != value) absl::StrAppend(&text, "  # ", without);
    text += "\n";
  }
  return text;
}

std::string HyperparameterPart(const CommandContext& context,
                               const v1::ListHyperparametersResponse& table, double learning_rate) {
  std::string text =
      absl::StrCat("\n", Comment(kPhrases.template_hyperparameters.In(context.language), "", ""),
                   "hyperparameters:\n");
  for (const v1::Hyperparameter& one : table.hyperparameters()) {
    const bool has_rate = one.key() == "learning_rate" && learning_rate > 0;
    // A default that depends on the model is a sentence, not a value.
    const bool is_value = json::accept(one.default_value());
    const std::string value = has_rate   ? FormatNumber(learning_rate)
                              : is_value ? one.default_value()
                                         : "";
    absl::StrAppend(&text, Comment(HyperparameterMeaning(one, context.language),
                                   HyperparameterRange(one, context.language), "  "));
    absl::StrAppend(&text, "  # ", Visible(one.key()), ": ", Visible(value));
    if (value.empty())
      absl::StrAppend(&text, " # ", Visible(FixedText(one.default_value(), context.language)));
    text += "\n";
  }
  return text;
}

absl::StatusOr<std::string> Template(CommandContext& context, const ConfigInitOptions& options,
                                     grpc::Status* refusal) {
  const std::string file = options.output.empty() ? "job.yaml" : options.output;
  const std::string command = absl::StrCat(
      "electra submit --config ", Visible(std::filesystem::path(file).filename().string()));
  std::string text =
      absl::StrCat(Comment(Say(kPhrases.template_head, command).In(context.language), "", ""),
                   JobPart(context, options.model));
  v1::ListHyperparametersResponse table;
  double learning_rate = 0;
  *refusal = ListHyperparameters(context, &table);
  if (refusal->ok() && !options.model.empty()) {
    *refusal = ModelLearningRate(context, options.model, &learning_rate);
  }
  const bool unreached = refusal->error_code() == grpc::StatusCode::UNAVAILABLE ||
                         refusal->error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
  if (unreached) {
    *refusal = grpc::Status::OK;
    const std::string note =
        Say(kPhrases.template_no_server, context.connection.target()).In(context.language);
    *context.environment.err.stream << "electra: " << Visible(note) << "\n";
    return absl::StrCat(text, "\n", Comment(note, "", ""), "hyperparameters: {}\n");
  }
  return absl::StrCat(text, HyperparameterPart(context, table, learning_rate));
}

// What `explain` says about a key.
struct Topic {
  std::string key;
  std::string aliases;
  std::string type;
  std::string default_value;
  std::string accepted;
  std::string meaning;
};

Topic TopicOf(const JobKey& key, Language language) {
  return {.key = key.name,
          .aliases = "",
          .type = kPhrases.job_file_key.In(language),
          .default_value = key.default_value->In(language),
          .accepted = key.accepted,
          .meaning = key.meaning->In(language)};
}

Topic TopicOf(const v1::Hyperparameter& one, Language language) {
  return {.key = one.key(),
          .aliases = absl::StrJoin(one.aliases(), ", "),
          .type = one.type(),
          .default_value = FixedText(one.default_value(), language),
          .accepted = HyperparameterRange(one, language),
          .meaning = HyperparameterMeaning(one, language)};
}

bool IsCalled(const v1::Hyperparameter& one, const std::string& key) {
  if (one.key() == key) return true;
  for (const std::string& alias : one.aliases()) {
    if (alias == key) return true;
  }
  return false;
}

void ShowTopic(CommandContext& context, const Topic& topic) {
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), json{{"key", topic.key},
                                      {"aliases", topic.aliases},
                                      {"type", topic.type},
                                      {"default", topic.default_value},
                                      {"accepted", topic.accepted},
                                      {"meaning", topic.meaning}});
    return;
  }
  const Labels& labels = context.labels();
  FactOutput facts(context);
  facts.Add("key", labels.key, topic.key);
  facts.Add("meaning", kPhrases.meaning.In(context.language), topic.meaning);
  facts.Add("default", labels.default_value, topic.default_value);
  facts.Add("accepted", labels.accepted, topic.accepted);
  facts.Add("type", labels.type, topic.type);
  facts.Add("aliases", kPhrases.aliases.In(context.language), topic.aliases);
  facts.Finish();
}

ExitCode RunConfigInit(CommandContext& context, const ConfigInitOptions& options) {
  std::error_code error;
  if (!options.output.empty() && std::filesystem::exists(options.output, error)) {
    return context.Fail(FailedPrecondition(kPhrases.is_there, Visible(options.output)));
  }
  grpc::Status refusal;
  const absl::StatusOr<std::string> text = Template(context, options, &refusal);
  if (!refusal.ok()) return context.Fail(refusal);
  if (!text.ok()) return context.Fail(text.status());
  if (options.output.empty()) {
    context.out() << *text;
    return ExitCode::kDone;
  }
  const std::string path = std::filesystem::absolute(options.output, error).string();
  if (absl::Status status = WriteUserFile(path, *text); !status.ok()) return context.Fail(status);
  context.out() << Say(kPhrases.written, Visible(options.output)).In(context.language) << "\n";
  return ExitCode::kDone;
}

ExitCode RunConfigExplain(CommandContext& context, const std::string& key) {
  if (const JobKey* known = FindJobKey(key)) {
    ShowTopic(context, TopicOf(*known, context.language));
    return ExitCode::kDone;
  }
  const std::string name(absl::StripPrefix(key, kPrefix));
  v1::ListHyperparametersResponse table;
  if (grpc::Status status = ListHyperparameters(context, &table); !status.ok()) {
    return context.Fail(status);
  }
  std::vector<std::string> known = JobKeyNames();
  for (const v1::Hyperparameter& one : table.hyperparameters()) {
    if (IsCalled(one, name)) {
      ShowTopic(context, TopicOf(one, context.language));
      return ExitCode::kDone;
    }
    known.push_back(one.key());
    known.insert(known.end(), one.aliases().begin(), one.aliases().end());
  }
  return context.Fail(
      LocalError(absl::StatusCode::kInvalidArgument,
                 WithNearest(Say(kPhrases.unknown_topic, Visible(key)), name, known)));
}

void AddInit(Command& group) {
  auto options = std::make_shared<ConfigInitOptions>();
  Command command =
      group.AddCommand("init", "Print a job file with every key, its default and its meaning");
  command.AddOption("--model", options->model, "Model to start from").ValueName("NAME");
  command.AddOption("--output", options->output, "File to create (default: standard output)")
      .ValueName("FILE");
  command.Footer(
      "Example:\n"
      "  electra config init --model small --output job.yaml\n"
      "  electra submit --config job.yaml --dry-run");
  command.Runs([options](CommandContext& context) { return RunConfigInit(context, *options); });
}

Command AddOne(Command& group, const char* name, const char* description, const char* value,
               const char* value_description,
               ExitCode (*run)(CommandContext&, const std::string&)) {
  auto given = std::make_shared<std::string>();
  Command command = group.AddCommand(name, description);
  command.AddOption(value, *given, value_description).Required();
  command.Runs([given, run](CommandContext& context) { return run(context, *given); });
  return command;
}

}  // namespace

void AddConfig(Command& program) {
  Command group = program.AddCommand("config", "Create, explain and validate job files");
  group.RequireCommand();
  group.Footer(
      "Example:\n"
      "  electra config init --model small --output job.yaml\n"
      "  electra config explain mask_unit\n"
      "  electra config validate job.yaml");
  AddInit(group);
  AddOne(group, "explain", N_("Show the meaning, default and accepted values of a key"), "KEY",
         N_("Job file key or hyperparameter"), RunConfigExplain)
      .Footer("Example:\n  electra config explain learning_rate");
  AddOne(group, "validate", N_("Validate a job file, with the server if it is reachable"), "FILE",
         N_("Job file (YAML or JSON)"), RunConfigValidate)
      .Footer(
          "Prints each problem as FILE:LINE: message. Exit status: 0 no problems, 2 problems "
          "found.\n"
          "The server gets what `submit --dry-run` sends: at most 2 MiB of the text.\n\n"
          "Example:\n"
          "  electra config validate job.yaml");
}

}  // namespace electra::client
