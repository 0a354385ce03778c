
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/commands.h"
#include "client/i18n/server_message.h"
#include "client/rpc/pages.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "electra/v1/model.pb.h"

namespace electra::client {
namespace {

// "12 x 256": the size of an ELECTRA model usually means its discriminator's.
std::string ShapeText(const v1::NetworkShape& shape) {
  return absl::StrCat(shape.num_hidden_layers(), " x ", shape.hidden_size());
}

// Presets, and models of older servers, have no code.
std::string DescriptionText(const v1::Model& model, Language language) {
  if (!model.has_description_code()) return FixedText(model.description(), language);
  return InLanguage(ServerMessage(model.description(), model.description_code()), language);
}

ExitCode RunModels(CommandContext& context) {
  const Labels& labels = context.labels();
  ListOutput list(context, {{labels.model},
                            {"GENERATOR", Align::kRight},
                            {"DISCRIMINATOR", Align::kRight},
                            {labels.parameters, Align::kRight},
                            {labels.learning_rate, Align::kRight},
                            {labels.description}});
  const grpc::Status status = ForEachPage<v1::ListModelsResponse>(
      context.connection, v1::ListModelsRequest(), [&](const v1::ListModelsResponse& response) {
        for (const v1::Model& model : response.models()) {
          list.Add(
              model,
              {ShortName(model.name()), model.has_generator() ? ShapeText(model.generator()) : "-",
               ShapeText(model.discriminator()),
               model.has_generator() ? ListCount(context, model.parameter_count()) : "-",
               context.environment.out.is_terminal ? FormatRate(model.learning_rate())
                                                   : FormatNumber(model.learning_rate()),
               model.sources().empty() ? DescriptionText(model, context.language)
                                       : absl::StrJoin(model.sources(), " ")});
        }
        return true;
      });
  if (!status.ok()) return context.Fail(status);
  list.Finish();
  return ExitCode::kDone;
}

}  // namespace

void AddModelList(Command& parent, const std::string& name) {
  Command command = parent.AddCommand(name, "List the models that jobs can start from");
  command.Footer(
      "Example:\n"
      "  electra model list\n"
      "  electra submit --corpus books.csv --column text --model small\n\n"
      "Generator and discriminator are shown as layers x hidden size. A model that was imported\n"
      "without a generator has none until a job creates it.");
  command.Runs(RunModels);
}

}  // namespace electra::client
