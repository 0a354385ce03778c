#include "client/commands/job_argument.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/rpc/job_list.h"
#include "client/shell/list_output.h"
#include "client/text/resource_name.h"

namespace electra::client {
namespace {

constexpr size_t kLongestDisplayName = 200;  // bytes
constexpr size_t kMostCandidates = 10;
constexpr int64_t kMostSimilar = 1000;  // names that are looked through

grpc::Status GetJobCalled(CommandContext& context, const std::string& name, v1::Job* job) {
  v1::GetJobRequest request;
  request.set_name(name);
  return context.connection.Call(request, job);
}

// Up to one more than are shown.
grpc::Status JobsNamed(CommandContext& context, const std::string& display_name,
                       std::vector<v1::Job>* jobs) {
  // For `=`, a star at either end means any text; `:` finds more than the requested name.
  const bool has_star = display_name.front() == '*' || display_name.back() == '*';
  v1::ListJobsRequest request;
  request.set_filter(absl::StrCat("name", has_star ? ":" : "=", FilterValue(display_name)));
  const int64_t limit = has_star ? kMostSimilar : static_cast<int64_t>(kMostCandidates) + 1;
  return ForEachListedJob(context.connection, request, limit, [&](const v1::Job& job) {
    const bool is_meant = job.display_name() == display_name && jobs->size() <= kMostCandidates;
    if (is_meant) jobs->push_back(job);
  });
}

CallOutcome Ambiguous(const CommandContext& context, const std::string& given,
                      const std::vector<v1::Job>& jobs) {
  CallOutcome outcome;
  outcome.local = InvalidArgument(kPhrases.name_of_several, given);
  for (size_t i = 0; i < std::min(jobs.size(), kMostCandidates); ++i) {
    outcome.details.push_back(absl::StrCat(ShortName(jobs[i].name()), "  ",
                                           StateLabel(jobs[i].state(), context.language), "  ",
                                           ListTime(context, jobs[i].create_time())));
  }
  if (jobs.size() > kMostCandidates) {
    outcome.details.emplace_back(kPhrases.and_others.In(context.language));
  }
  return outcome;
}

}  // namespace

Option AddJobArgument(Command& command, std::string& job) {
  return command.AddOption("JOB", job, "Job ID, the beginning of one, or a display name").Utf8();
}

Option AddJobArgument(Command& command, std::vector<std::string>& jobs) {
  return command.AddOption("JOB", jobs, "Job IDs, beginnings of IDs, or display names").Utf8();
}

Option AddJobOrModelArgument(Command& command, std::string& source) {
  return command
      .AddOption(
          "JOB", source,
          "Job ID, the beginning of one, or a display name; or models/NAME for an imported model")
      .Utf8();
}

CallOutcome GetJobMeant(CommandContext& context, const std::string& given, v1::Job* job) {
  CallOutcome outcome;
  outcome.remote = GetJobCalled(context, JobName(given), job);
  const bool may_be_name =
      !absl::StartsWith(given, "jobs/") && !given.empty() && given.size() <= kLongestDisplayName;
  if (!may_be_name || outcome.remote.error_code() != grpc::StatusCode::NOT_FOUND) return outcome;
  std::vector<v1::Job> named;
  const grpc::Status listed = JobsNamed(context, given, &named);
  if (!listed.ok()) outcome.remote = listed;
  if (!listed.ok() || named.empty()) return outcome;
  if (named.size() > 1) return Ambiguous(context, given, named);
  outcome.remote = GetJobCalled(context, named.front().name(), job);
  return outcome;
}

CallOutcome FindJob(CommandContext& context, const std::string& given, std::string* name) {
  *name = JobName(given);
  if (absl::StartsWith(given, "jobs/")) return {};
  v1::Job job;
  CallOutcome outcome = GetJobMeant(context, given, &job);
  if (outcome.ok() && !job.name().empty()) *name = job.name();
  return outcome;
}

CallOutcome FindJobOrModel(CommandContext& context, const std::string& given, std::string* name) {
  const bool is_whole =
      absl::StartsWith(given, "models/") || absl::StartsWith(given, "finetunings/");
  if (!is_whole) return FindJob(context, given, name);
  *name = given;
  return {};
}

}  // namespace electra::client
