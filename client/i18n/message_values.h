// Readable values of messages: states, formats, times.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "client/i18n/labels.h"
#include "electra/v1/corpus.pb.h"
#include "electra/v1/training.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace electra::client {

// "학습" / "running"; the number for a state that this client does not know.
std::string StateLabel(v1::JobState state, Language language);

// Lower-case names as --format takes them; empty for UNSPECIFIED.
std::string_view FormatName(v1::CorpusFormat format);

absl::Time ToTime(const google::protobuf::Timestamp& timestamp);

// RFC 3339 in UTC; empty where the timestamp is not set.
std::string FormatRfc3339(const google::protobuf::Timestamp& timestamp);
// "3 min ago"; empty where the timestamp is not set.
std::string FormatRelative(const google::protobuf::Timestamp& timestamp, absl::Time now,
                           Language language);
// "14:03:07", in `zone`.
std::string FormatClock(const google::protobuf::Timestamp& timestamp, absl::TimeZone zone);

}  // namespace electra::client
