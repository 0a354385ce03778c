
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/commands.h"
#include "client/i18n/server_message.h"
#include "client/shell/list_output.h"
#include "client/views/hyperparameter_text.h"
#include "electra/v1/job.pb.h"

namespace electra::client {
namespace {

ExitCode RunHyperparameters(CommandContext& context) {
  const Labels& labels = context.labels();
  v1::ListHyperparametersResponse response;
  const grpc::Status status = context.connection.Call(v1::ListHyperparametersRequest(), &response);
  if (!status.ok()) return context.Fail(status);
  ListOutput list(context,
                  {{labels.key},
                   {labels.type},
                   {labels.default_value},
                   {labels.accepted},
                   {labels.description}},
                  Overflow::kWrap);
  for (const v1::Hyperparameter& one : response.hyperparameters()) {
    std::string key = one.key();
    if (one.aliases_size() > 0) {
      absl::StrAppend(&key, " (", absl::StrJoin(one.aliases(), ", "), ")");
    }
    // Programs get the server's texts.
    const Language language =
        context.environment.out.is_terminal ? context.language : Language::kEnglish;
    list.Add(one, {key, one.type(), FixedText(one.default_value(), language),
                   HyperparameterRange(one, language), HyperparameterMeaning(one, language)});
  }
  list.Finish();
  return ExitCode::kDone;
}

}  // namespace

void AddHyperparameters(Command& program) {
  Command command = program.AddCommand(
      "hyperparameters", "List hyperparameters: keys, types, defaults, accepted values");
  command.Footer(
      "Example:\n"
      "  electra hyperparameters\n"
      "  electra submit --corpus books.txt --set learning_rate=1e-4 epochs=3");
  command.Runs(RunHyperparameters);
}

}  // namespace electra::client
