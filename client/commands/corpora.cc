#include <memory>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/i18n/message_values.h"
#include "client/rpc/pages.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "electra/v1/corpus.pb.h"
#include "google/protobuf/empty.pb.h"

namespace electra::client {
namespace {

struct CorporaOptions {
  std::optional<std::string> delete_corpus;  // none: list them
};

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
      context.connection, v1::ListCorporaRequest(), [&](const v1::ListCorporaResponse& response) {
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
  const grpc::Status status = context.connection.Call(request, &nothing);
  if (!status.ok()) return context.Fail(status);
  SayDeleted(context, request.name());
  return ExitCode::kDone;
}

ExitCode RunCorpora(CommandContext& context, const CorporaOptions& options) {
  return options.delete_corpus ? DeleteCorpus(context, *options.delete_corpus)
                               : ListCorpora(context);
}

}  // namespace

void AddCorpora(Command& program) {
  auto options = std::make_shared<CorporaOptions>();
  Command command = program.AddCommand("corpora", "List the server's corpora, or delete one");
  command.Footer(
      "Example:\n"
      "  electra corpora\n"
      "  electra corpora delete corpora/5d1c\n"
      "  electra submit --corpus corpora/5d1c      # without sending it again");
  command.Runs([options](CommandContext& context) { return RunCorpora(context, *options); });
  Command remove = command.AddCommand("delete", "Delete a corpus that no open job uses");
  remove.AddOption("CORPUS", options->delete_corpus, "The corpus: corpora/ID or ID").Required();
  remove.Footer(
      "Example:\n"
      "  electra corpora delete corpora/5d1c");
}

}  // namespace electra::client
