// Numbers and times as people read them, and as programs do.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "client/i18n/labels.h"
#include "google/protobuf/timestamp.pb.h"

namespace electra::client {

std::string FormatCount(int64_t count);          // 1,234,567
std::string FormatBytes(int64_t bytes);          // 12.3 MiB
std::string FormatElapsed(absl::Duration time);  // 0:45, 1:02:03
std::string FormatLoss(double loss);             // 2.225
std::string FormatNumber(double number);         // shortest form that reads back as the same

// Rounded down, so that 100 means all of it.
int Percent(int64_t part, int64_t whole);

absl::Time ToTime(const google::protobuf::Timestamp& timestamp);

// RFC 3339 in UTC; empty where the timestamp is not set.
std::string FormatRfc3339(const google::protobuf::Timestamp& timestamp);
// "3 min ago"; empty where the timestamp is not set.
std::string FormatRelative(const google::protobuf::Timestamp& timestamp, absl::Time now,
                           Language language);
// "14:03:07", in `zone`.
std::string FormatClock(const google::protobuf::Timestamp& timestamp, absl::TimeZone zone);

}  // namespace electra::client
