#include "client/i18n/message_values.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

namespace electra::client {
namespace {

struct StateName {
  v1::JobState state;
  const char* text;
};

constexpr StateName kStates[] = {
    {v1::QUEUED, N_("queued")},   {v1::PREPARING, N_("preparing")},
    {v1::RUNNING, N_("running")}, {v1::SUCCEEDED, N_("succeeded")},
    {v1::FAILED, N_("failed")},   {v1::CANCELLED, N_("cancelled")},
    {v1::PAUSED, N_("paused")},
};

bool IsSet(const google::protobuf::Timestamp& timestamp) {
  return timestamp.seconds() != 0 || timestamp.nanos() != 0;
}

}  // namespace

std::string StateLabel(v1::JobState state, Language language) {
  for (const StateName& known : kStates) {
    if (known.state == state) return Translated(known.text, language);
  }
  return absl::StrCat("state ", static_cast<int>(state));
}

std::string_view FormatName(v1::CorpusFormat format) {
  switch (format) {
    case v1::TEXT:
      return "txt";
    case v1::CSV:
      return "csv";
    case v1::TSV:
      return "tsv";
    case v1::JSONL:
      return "jsonl";
    default:
      return "";
  }
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

std::string FormatRfc3339(const google::protobuf::Timestamp& timestamp) {
  if (!IsSet(timestamp)) return "";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", ToTime(timestamp), absl::UTCTimeZone());
}

std::string FormatRelative(const google::protobuf::Timestamp& timestamp, absl::Time now,
                           Language language) {
  if (!IsSet(timestamp)) return "";
  const Labels& labels = LabelsFor(language);
  const absl::Duration age = now - ToTime(timestamp);
  if (age < absl::Minutes(1)) return labels.just_now;
  if (age < absl::Hours(1)) {
    return absl::Substitute(labels.minutes_ago, absl::ToInt64Minutes(age));
  }
  if (age < absl::Hours(24)) return absl::Substitute(labels.hours_ago, absl::ToInt64Hours(age));
  return absl::Substitute(labels.days_ago, absl::ToInt64Hours(age) / 24);
}

std::string FormatClock(const google::protobuf::Timestamp& timestamp, absl::TimeZone zone) {
  return absl::FormatTime("%H:%M:%S", ToTime(timestamp), zone);
}

}  // namespace electra::client
