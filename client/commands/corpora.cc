#include <CLI/CLI.hpp>
#include <memory>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "google/protobuf/empty.pb.h"

namespace electra::client {
namespace {

// "csv", or "csv cp949" where the encoding is not the usual one.
std::string FormatText(const v1::Corpus& corpus) {
  std::string text(FormatName(corpus.format()));
  if (!corpus.encoding().empty() && corpus.encoding() != "utf-8") {
    absl::StrAppend(&text, " ", corpus.encoding());
  }
  return text;
}

ExitCode ListCorpora(CommandContext& context) {
  const Labels& labels = context.labels();
  ListOutput list(context, {{labels.corpus},
                            {labels.file},
                            {labels.format},
                            {labels.column},
                            {labels.size, Align::kRight},
                            {labels.samples, Align::kRight},
                            {labels.created}});
  const grpc::Status status = ForEachPage<v1::ListCorporaResponse>(
      v1::ListCorporaRequest(),
      [&](const v1::ListCorporaRequest& page, v1::ListCorporaResponse* response) {
        return context.connection.Call(context.connection.corpora(),
                                       &v1::CorpusService::Stub::ListCorpora, page, response);
      },
      [&](const v1::ListCorporaResponse& response) {
        for (const v1::Corpus& corpus : response.corpora()) {
          list.Add(corpus, {corpus.name(), corpus.file_name(), FormatText(corpus), corpus.column(),
                            ListBytes(context, corpus.size_bytes()),
                            ListCount(context, corpus.sample_count()),
                            ListTime(context, corpus.create_time())});
        }
        return true;
      });
  if (!status.ok()) return context.Fail(status);
  list.Finish();
  return ExitCode::kDone;
}

ExitCode DeleteCorpus(CommandContext& context, const std::string& given) {
  v1::DeleteCorpusRequest request;
  request.set_name(CorpusName(given));
  google::protobuf::Empty nothing;
  const grpc::Status status = context.connection.Call(
      context.connection.corpora(), &v1::CorpusService::Stub::DeleteCorpus, request, &nothing);
  if (!status.ok()) return context.Fail(status);
  SayDeleted(context, request.name());
  return ExitCode::kDone;
}

}  // namespace

void AddCorpora(CLI::App& app, Runner& runner) {
  auto options = std::make_shared<CorporaOptions>();
  CLI::App* command = app.add_subcommand("corpora", "List the server's corpora, or delete one");
  command->footer(
      "Example:\n"
      "  electra corpora\n"
      "  electra corpora delete corpora/5d1c\n"
      "  electra submit --corpus corpora/5d1c      # without sending it again");
  command->callback([options, &runner] {
    runner = [options](CommandContext& context) { return RunCorpora(context, *options); };
  });
  CLI::App* remove = command->add_subcommand("delete", "Delete a corpus that no open job uses");
  remove->fallthrough();
  remove->add_option("CORPUS", options->delete_corpus, "The corpus: corpora/ID or ID")->required();
  remove->footer(
      "Example:\n"
      "  electra corpora delete corpora/5d1c");
}

ExitCode RunCorpora(CommandContext& context, const CorporaOptions& options) {
  return options.delete_corpus ? DeleteCorpus(context, *options.delete_corpus)
                               : ListCorpora(context);
}

}  // namespace electra::client
