// What people may write on a job: its display name, its tags, its note.
#pragma once

#include <string>
#include <vector>

#include "electra/v1/job.pb.h"
#include "server/store/job_tags.h"
#include "server/to_grpc_status.h"

namespace electra {

inline constexpr size_t kMaxDisplayName = 200;
inline constexpr size_t kMaxTags = 64;
inline constexpr size_t kMaxTagKey = 63;
inline constexpr size_t kMaxTagValue = 256;

void CheckDisplayName(const std::string& display_name, std::vector<FieldViolation>* violations);

// Keys begin with a letter and go on with letters, digits, `_`, `-` and `.`, so that a filter needs
// no quotes for them. Values are one line of text, or nothing.
void CheckTags(const JobTags& tags, std::vector<FieldViolation>* violations);

}  // namespace electra
