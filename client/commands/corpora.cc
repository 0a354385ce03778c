#include <memory>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/confirm.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/rpc/job_list.h"
#include "client/rpc/pages.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "electra/v1/corpus.pb.h"
#include "google/protobuf/empty.pb.h"

namespace electra::client {
namespace {

struct CorpusDeleteOptions {
  std::string corpus;
  Confirmation confirmation = Confirmation::kAsk;
};

// "csv", or "csv cp949" where the encoding is not the usual one.
std::string FormatText(const v1::Corpus& corpus) {
  std::string text(FormatName(corpus.format()));
  if (!corpus.encoding().empty() && corpus.encoding() != "utf-8") {
    absl::StrAppend(&text, " ", corpus.encoding());
  }
  return text;
}

// A pipe gets the whole name.
std::string CorpusId(const CommandContext& context, const v1::Corpus& corpus) {
  return context.environment.out.is_terminal ? ListId(context, ShortName(corpus.name()))
                                             : corpus.name();
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
          list.Add(corpus, {CorpusId(context, corpus), corpus.file_name(), FormatText(corpus),
                            corpus.column(), ListBytes(context, corpus.size_bytes()),
                            ListCount(context, corpus.sample_count()),
                            ListTime(context, corpus.create_time())});
        }
        return true;
      });
  if (!status.ok()) return context.Fail(status);
  list.Finish();
  return ExitCode::kDone;
}

// Whether the corpus may go, and its whole name: a beginning may mean another one by then.
CallOutcome ConfirmCorpus(CommandContext& context, std::string* name, bool* confirmed) {
  v1::GetCorpusRequest request;
  request.set_name(*name);
  v1::Corpus corpus;
  CallOutcome outcome;
  outcome.remote = context.connection.Call(request, &corpus);
  if (!outcome.ok()) return outcome;
  *name = corpus.name();
  return ConfirmReferred(context, *name, absl::StrCat("corpus=", FilterValue(*name)),
                         Say(kPhrases.confirm_corpus, Visible(*name), Visible(corpus.file_name()))
                             .In(context.language),
                         confirmed);
}

ExitCode DeleteCorpus(CommandContext& context, const CorpusDeleteOptions& options) {
  v1::DeleteCorpusRequest request;
  request.set_name(CorpusName(options.corpus));
  if (options.confirmation == Confirmation::kAsk) {
    bool confirmed = false;
    const CallOutcome asked = ConfirmCorpus(context, request.mutable_name(), &confirmed);
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

Command AddCorpusList(Command& parent, const std::string& name) {
  Command command = parent.AddCommand(name, "List the corpora on the server");
  command.Footer(
      "Example:\n"
      "  electra corpus list\n"
      "  electra submit --corpus corpora/5d1c      # without uploading it again");
  command.Runs(ListCorpora);
  return command;
}

void AddCorpusDelete(Command& parent) {
  auto options = std::make_shared<CorpusDeleteOptions>();
  Command command =
      parent.AddCommand("delete", "Delete a corpus; fails while an unfinished job uses it");
  command.AddOption("CORPUS", options->corpus, "Corpus ID").Required();
  AddYesFlag(command, options->confirmation);
  command.Footer(
      "Example:\n"
      "  electra corpus delete corpora/5d1c\n"
      "  electra corpus delete --yes 5d1c");
  command.Runs([options](CommandContext& context) { return DeleteCorpus(context, *options); });
}

}  // namespace

void AddCorpus(Command& parent) {
  Command group = parent.AddCommand("corpus", "List and delete corpora");
  group.RequireCommand();
  group.Footer(
      "Example:\n"
      "  electra corpus list\n"
      "  electra corpus delete corpora/5d1c");
  AddCorpusList(group, "list");
  AddCorpusDelete(group);
}

void AddOldCorpora(Command& parent) {
  Command list = AddCorpusList(parent, "corpora");
  AddCorpusDelete(list);
}

}  // namespace electra::client
