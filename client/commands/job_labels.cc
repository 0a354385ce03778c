// `electra tag`, `electra note` and `electra rename`: what users write on a job.
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/i18n/phrases.h"
#include "client/rpc/json_output.h"
#include "client/text/visible_text.h"
#include "client/views/job_text.h"
#include "electra/v1/job.pb.h"

namespace electra::client {
namespace {

struct TagOptions {
  std::string job;
  std::vector<std::string> changes;  // "KEY=VALUE" sets, "KEY-" removes; none: they are shown
  std::string etag;                  // of the job to change; empty: whatever its state by now
};

struct NoteOptions {
  std::string job;
  std::optional<std::string> text;  // none: it is shown; empty: it is removed
  bool edits = false;               // in the user's editor, instead of `text`
  std::string etag;
};

struct RenameOptions {
  std::string job;
  std::string name;
  std::string etag;
};

// Puts the job's name and etag into the request.
template <typename Options>
CallOutcome FindRequestedJob(CommandContext& context, const Options& options,
                             v1::UpdateJobRequest* request) {
  request->mutable_job()->set_etag(options.etag);
  return FindJob(context, options.job, request->mutable_job()->mutable_name());
}

// Changes the fields in the request's mask, or only reads where there is no mask.
grpc::Status UpdateOrGet(CommandContext& context, const v1::UpdateJobRequest& request,
                         v1::Job* job) {
  if (request.update_mask().paths_size() > 0) {
    return context.connection.Call(request, job);
  }
  v1::GetJobRequest get;
  get.set_name(request.job().name());
  return context.connection.Call(get, job);
}

// Says `sentence(job)`, or the job as JSON.
template <typename Sentence>
ExitCode Apply(CommandContext& context, const v1::UpdateJobRequest& request, Sentence sentence) {
  v1::Job job;
  if (grpc::Status status = UpdateOrGet(context, request, &job); !status.ok()) {
    return context.Fail(status);
  }
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), job);
  } else {
    context.out() << sentence(job) << "\n";
  }
  return ExitCode::kDone;
}

// One change; the request's mask names each key once.
absl::Status AddTagChange(const std::string& change, v1::UpdateJobRequest* request) {
  const size_t equals = change.find('=');
  const bool removes = equals == std::string::npos && change.size() > 1 && change.back() == '-';
  if (!removes && (equals == std::string::npos || equals == 0)) {
    return InvalidArgument(kPhrases.bad_tag_change, change);
  }
  const std::string key = change.substr(0, removes ? change.size() - 1 : equals);
  const std::string path = absl::StrCat("tags.", key);
  for (const std::string& named : request->update_mask().paths()) {
    if (named == path) return InvalidArgument(kPhrases.tag_twice, key);
  }
  request->mutable_update_mask()->add_paths(path);
  if (!removes) (*request->mutable_job()->mutable_tags())[key] = change.substr(equals + 1);
  return absl::OkStatus();
}

ExitCode RunTag(CommandContext& context, const TagOptions& options) {
  v1::UpdateJobRequest request;
  if (const CallOutcome found = FindRequestedJob(context, options, &request); !found.ok()) {
    return context.Fail(found);
  }
  for (const std::string& change : options.changes) {
    if (absl::Status status = AddTagChange(change, &request); !status.ok()) {
      return context.Fail(status);
    }
  }
  const Labels& labels = context.labels();
  return Apply(context, request, [&](const v1::Job& job) {
    const std::string tags = Visible(TagText(job));
    return tags.empty() ? absl::Substitute(labels.untagged, Visible(job.name()))
                        : absl::Substitute(labels.tagged, Visible(job.name()), tags);
  });
}

ExitCode RunNote(CommandContext& context, const NoteOptions& options) {
  v1::UpdateJobRequest request;
  if (const CallOutcome found = FindRequestedJob(context, options, &request); !found.ok()) {
    return context.Fail(found);
  }
  std::optional<std::string> text = options.text;
  if (options.edits) {
    v1::Job job;
    if (const grpc::Status status = UpdateOrGet(context, request, &job); !status.ok()) {
      return context.Fail(status);
    }
    const absl::StatusOr<std::string> edited = context.environment.edit(job.note());
    if (!edited.ok()) return context.Fail(edited.status());
    if (*edited == job.note()) {
      context.out() << kPhrases.note_unchanged.In(context.language) << "\n";
      return ExitCode::kDone;
    }
    text = *edited;
    request.mutable_job()->set_name(job.name());
    // The etag of the note that the user edited, unless one was given.
    if (options.etag.empty()) request.mutable_job()->set_etag(job.etag());
  }
  if (text) {
    request.mutable_job()->set_note(*text);
    request.mutable_update_mask()->add_paths("note");
  }
  const Labels& labels = context.labels();
  return Apply(context, request, [&](const v1::Job& job) {
    if (!text) return Visible(job.note());
    return absl::Substitute(text->empty() ? labels.note_removed : labels.noted,
                            Visible(job.name()));
  });
}

ExitCode RunRename(CommandContext& context, const RenameOptions& options) {
  v1::UpdateJobRequest request;
  if (const CallOutcome found = FindRequestedJob(context, options, &request); !found.ok()) {
    return context.Fail(found);
  }
  request.mutable_job()->set_display_name(options.name);
  request.mutable_update_mask()->add_paths("display_name");
  return Apply(context, request, [&](const v1::Job& job) {
    return absl::Substitute(context.labels().renamed, Visible(job.name()),
                            Visible(job.display_name()));
  });
}

void AddEtagOption(Command& command, std::string& etag) {
  command
      .AddOption("--etag", etag,
                 "Fail if the name, tags or note have changed since `electra job show JOB --json` "
                 "printed this `etag`")
      .ValueName("ETAG")
      .Utf8();
}

}  // namespace

void AddJobLabels(Command& parent) {
  auto tag = std::make_shared<TagOptions>();
  Command command = parent.AddCommand("tag", "Show, set or remove a job's tags");
  AddJobArgument(command, tag->job).Required();
  command.AddOption("CHANGE", tag->changes, "KEY=VALUE sets a tag, KEY- removes it").Utf8();
  AddEtagOption(command, tag->etag);
  command.Footer(
      "Example:\n"
      "  electra job tag 7f3a\n"
      "  electra job tag 7f3a sweep=lr owner=kim draft-\n"
      "  electra history --filter tags.sweep=lr");
  command.Runs([tag](CommandContext& context) { return RunTag(context, *tag); });

  auto note = std::make_shared<NoteOptions>();
  command = parent.AddCommand("note", "Show or write a job's note");
  AddJobArgument(command, note->job).Required();
  auto text = std::make_shared<std::string>();
  Option given =
      command.AddOption("TEXT", *text, "New text of the note; \"\" removes the note").Utf8();
  command.AddFlag("--edit", note->edits, "Write the note in an editor (VISUAL, EDITOR or vi)")
      .Excludes(given);
  AddEtagOption(command, note->etag);
  command.Footer(
      "Example:\n"
      "  electra job note 7f3a \"same text as 51c0, but words are masked as a whole\"\n"
      "  electra job note 7f3a --edit\n"
      "  electra job note 7f3a\n\n"
      "If somebody else changes the name, tags or note while you edit, nothing is written.");
  command.Runs([note, text, given](CommandContext& context) {
    if (given.given()) note->text = *text;
    return RunNote(context, *note);
  });

  auto rename = std::make_shared<RenameOptions>();
  command = parent.AddCommand("rename", "Change a job's display name");
  AddJobArgument(command, rename->job).Required();
  command.AddOption("NAME", rename->name, "New display name").Required().Utf8();
  AddEtagOption(command, rename->etag);
  command.Footer(
      "Example:\n"
      "  electra job rename 7f3a \"books, whole words\"");
  command.Runs([rename](CommandContext& context) { return RunRename(context, *rename); });
}

}  // namespace electra::client
