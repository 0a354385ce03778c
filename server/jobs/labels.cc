#include "server/jobs/labels.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/hints.h"
#include "core/base/message.h"
#include "core/base/nearest.h"
#include "core/base/sha256.h"
#include "core/base/utf8.h"

namespace electra::server {
namespace {

bool IsTagKey(const std::string& key) {
  return !key.empty() && key.size() <= kMaxTagKey &&
         absl::ascii_isalpha(static_cast<unsigned char>(key.front())) &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' ||
                  c == '.';
         });
}

bool HasControl(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

constexpr std::string_view kTagPath = "tags.";
constexpr int kMaxPaths = 100;  // every field, and every tag that a job may have, by name

JobTags TagsOf(const v1::Job& job) { return {job.tags().begin(), job.tags().end()}; }

std::vector<std::string> PathsOf(const v1::UpdateJobRequest& request) {
  const v1::Job& job = request.job();
  if (request.update_mask().paths_size() > 0) {
    return {request.update_mask().paths().begin(), request.update_mask().paths().end()};
  }
  std::vector<std::string> paths;  // of the fields that are set
  if (!job.display_name().empty()) paths.emplace_back("display_name");
  if (!job.note().empty()) paths.emplace_back("note");
  if (!job.tags().empty()) paths.emplace_back("tags");
  return paths;
}

// One tag: its key may be put between backticks (AIP-161).
void UpdateTag(std::string_view key, const v1::Job& job, JobTags* tags) {
  if (key.size() >= 2 && key.front() == '`' && key.back() == '`') {
    key = key.substr(1, key.size() - 2);
  }
  const auto given = job.tags().find(std::string(key));
  if (given == job.tags().end()) {
    tags->erase(std::string(key));
  } else {
    (*tags)[given->first] = given->second;
  }
}

FieldViolation UnknownPath(const std::string& path) {
  static constexpr std::string_view kPaths[] = {"display_name", "note", "tags"};
  const auto nearest = Nearest(path, kPaths);
  const Message hint =
      nearest ? DidYouMean(absl::StrCat("\"", *nearest, "\""))
              : Message("CHANGEABLE_FIELDS", "display_name, note, tags and tags.KEY can");
  const Message problem =
      v1::Job::descriptor()->FindFieldByName(path) == nullptr
          ? Message("NOT_A_JOB_FIELD", "{path} is not a field of a job: {hint}", Quoted(path), hint)
          : Message("UNCHANGEABLE_FIELD", "{path} cannot be changed: {hint}", Quoted(path), hint);
  return {"update_mask", problem};
}

void CheckNote(const std::string& note, std::vector<FieldViolation>* violations) {
  if (note.size() <= kMaxNote) return;
  violations->push_back({"note", TooManyBytes("note", note.size(), kMaxNote)});
}

}  // namespace

void CheckDisplayName(const std::string& display_name, std::vector<FieldViolation>* violations) {
  if (display_name.size() <= kMaxDisplayName) return;
  violations->push_back(
      {"display_name", TooManyBytes("display_name", display_name.size(), kMaxDisplayName)});
}

void CheckTags(const JobTags& tags, std::vector<FieldViolation>* violations) {
  if (tags.size() > kMaxTags) {
    violations->push_back(
        {"tags", Message("TOO_MANY_TAGS", "there are {tags} tags: at most {limit} are accepted",
                         tags.size(), kMaxTags)});
    return;
  }
  for (const auto& [key, value] : tags) {
    if (!IsTagKey(key)) {
      violations->push_back(
          {"tags",
           Message(
               "BAD_TAG_KEY",
               "{key} is not a tag's key: expected a letter, then letters, digits, \"_\", \"-\" "
               "and \".\", {limit} in all at most",
               Quoted(key, kMaxTagKey), kMaxTagKey)});
    } else if (value.size() > kMaxTagValue) {
      violations->push_back(
          {absl::StrCat("tags.", key),
           TooManyBytes(Message("TAG", "tag {key}", key), value.size(), kMaxTagValue)});
    } else if (HasControl(value)) {
      violations->push_back(
          {absl::StrCat("tags.", key),
           Message("TAG_WITH_CONTROL_CHARACTER",
                   "tag {key} has a control character: a tag is one line of text", key)});
    }
  }
}

std::string EtagOf(const std::string& job, const JobLabels& labels) {
  Sha256 digest;
  // Each with its length, so that different parts never give the same text.
  const auto add = [&](const std::string& text) {
    digest.Update(absl::StrCat(text.size(), ":"));
    digest.Update(text);
  };
  add(job);
  add(labels.display_name);
  add(labels.note);
  for (const auto& [key, value] : labels.tags) {
    add(key);
    add(value);
  }
  return absl::StrCat("W/\"", digest.FinishHex().substr(0, 16), "\"");
}

absl::Status CheckEtag(const std::string& etag, const std::string& current,
                       const std::string& job) {
  if (etag.empty() || etag == current) return absl::OkStatus();
  return AbortedError("ETAG_MISMATCH",
                      "somebody else has changed job {job} meanwhile: look at it and do it again",
                      job);
}

absl::StatusOr<JobLabels> UpdatedLabels(JobLabels labels, const v1::UpdateJobRequest& request) {
  const v1::Job& job = request.job();
  if (const int count = request.update_mask().paths_size(); count > kMaxPaths) {
    return FieldViolations(
        {{"update_mask", Message("TOO_MANY_PATHS", "update_mask has {paths} paths: at most {limit}",
                                 count, kMaxPaths)}});
  }
  const std::vector<std::string> paths = PathsOf(request);
  std::vector<FieldViolation> violations;
  if (paths.empty()) {
    violations.push_back(
        {"update_mask", Message("NOTHING_TO_CHANGE",
                                "there is nothing to change: update_mask is empty, "
                                "and so are display_name, note and tags")});
  }
  for (const std::string& path : paths) {
    const bool all = path == "*";
    if (all || path == "display_name") labels.display_name = job.display_name();
    if (all || path == "note") labels.note = job.note();
    if (all || path == "tags") labels.tags = TagsOf(job);
    if (path.size() > kTagPath.size() && path.starts_with(kTagPath)) {
      UpdateTag(std::string_view(path).substr(kTagPath.size()), job, &labels.tags);
    } else if (!all && path != "display_name" && path != "note" && path != "tags") {
      violations.push_back(UnknownPath(path));
    }
  }
  CheckDisplayName(labels.display_name, &violations);
  CheckNote(labels.note, &violations);
  CheckTags(labels.tags, &violations);
  if (!violations.empty()) return FieldViolations(violations);
  return labels;
}

}  // namespace electra::server
