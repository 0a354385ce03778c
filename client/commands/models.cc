#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/i18n/server_sentences.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"

namespace electra::client {
namespace {

// "12 x 256": the discriminator is what people mean by the size of an ELECTRA model.
std::string ShapeText(const v1::NetworkShape& shape) {
  return absl::StrCat(shape.num_hidden_layers(), " x ", shape.hidden_size());
}

}  // namespace

void AddModels(CLI::App& app, Runner& runner) {
  CLI::App* command = app.add_subcommand("models", "List the models that a job can start from");
  command->footer(
      "Example:\n"
      "  electra models\n"
      "  electra submit --corpus books.csv --column text --model small\n\n"
      "Generator and discriminator are given as layers x hidden size; a model that was imported\n"
      "without a generator has none until a job makes it.");
  command->callback([&runner] { runner = RunModels; });
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
      v1::ListModelsRequest(),
      [&](const v1::ListModelsRequest& page, v1::ListModelsResponse* response) {
        return context.connection.Call(context.connection.models(),
                                       &v1::ModelService::Stub::ListModels, page, response);
      },
      [&](const v1::ListModelsResponse& response) {
        for (const v1::Model& model : response.models()) {
          list.Add(
              model,
              {ShortName(model.name()), model.has_generator() ? ShapeText(model.generator()) : "-",
               ShapeText(model.discriminator()),
               model.has_generator() ? ListCount(context, model.parameter_count()) : "-",
               FormatNumber(model.learning_rate()),
               InLanguage(model.description(), context.language)});
        }
        return true;
      });
  if (!status.ok()) return context.Fail(status);
  list.Finish();
  return ExitCode::kDone;
}

}  // namespace electra::client
