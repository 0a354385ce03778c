// What users may write on a job, when they submit it and later: its display name, tags and note.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "electra/v1/job.pb.h"
#include "server/base/errors.h"
#include "server/store/job_tags.h"

namespace electra::server {

inline constexpr size_t kMaxDisplayName = 200;
inline constexpr size_t kMaxTags = 64;
inline constexpr size_t kMaxTagKey = 63;
inline constexpr size_t kMaxTagValue = 256;
inline constexpr size_t kMaxNote = 4096;

void CheckDisplayName(const std::string& display_name, std::vector<FieldViolation>* violations);

// Keys begin with a letter and go on with letters, digits, `_`, `-` and `.`, so that a filter needs
// no quotes for them. Values are one line of text, or nothing.
void CheckTags(const JobTags& tags, std::vector<FieldViolation>* violations);

struct JobLabels {
  std::string display_name;
  std::string note;
  JobTags tags;
};

// The labels as a client saw them (AIP-154), as an entity tag of RFC 7232. Weak: everything else
// about a training job may have changed.
std::string EtagOf(const std::string& job, const JobLabels& labels);

// Aborted: `etag` is not empty and not `current`.
absl::Status CheckEtag(const std::string& etag, const std::string& current, const std::string& job);

// `labels` with the fields in the request's mask taken from its job (AIP-134) and checked.
// InvalidArgument: a field that cannot be changed, or a value that is not accepted.
absl::StatusOr<JobLabels> UpdatedLabels(JobLabels labels, const v1::UpdateJobRequest& request);

}  // namespace electra::server
