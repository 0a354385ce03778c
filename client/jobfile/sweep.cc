#include "client/jobfile/sweep.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/i18n/phrases.h"
#include "client/jobfile/scalar.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"

namespace electra::client {
namespace {

constexpr size_t kLongestName = 200;  // bytes

struct Axis {
  std::string key;
  std::vector<std::string> texts;
  std::vector<google::protobuf::Value> values;
};

absl::StatusOr<Axis> ParseAxis(const std::string& sweep) {
  const size_t equals = sweep.find('=');
  if (equals == std::string::npos || equals == 0 || !IsUtf8(sweep)) {
    return InvalidArgument(kPhrases.bad_sweep, Visible(sweep));
  }
  Axis axis{.key = sweep.substr(0, equals), .texts = {}, .values = {}};
  std::set<std::string> seen;
  for (absl::string_view part : absl::StrSplit(sweep.substr(equals + 1), ',')) {
    const std::string text(absl::StripAsciiWhitespace(part));
    if (text.empty()) return InvalidArgument(kPhrases.empty_value, Visible(sweep));
    absl::StatusOr<google::protobuf::Value> value = ParseScalar(axis.key, text);
    if (!value.ok()) return InvalidArgument(kPhrases.setting, "--sweep", value.status());
    // 1e-4 and 0.0001 are one value.
    if (!seen.insert(value->SerializeAsString()).second) {
      return InvalidArgument(kPhrases.same_value, Visible(axis.key), Visible(text));
    }
    axis.texts.push_back(text);
    axis.values.push_back(*std::move(value));
  }
  return axis;
}

std::vector<SweepPoint> Multiply(const std::vector<SweepPoint>& points, const Axis& axis) {
  std::vector<SweepPoint> product;
  for (const SweepPoint& point : points) {
    for (size_t i = 0; i < axis.texts.size(); ++i) {
      SweepPoint next = point;
      absl::StrAppend(&next.label, next.label.empty() ? "" : " ", axis.key, "=", axis.texts[i]);
      next.values.emplace_back(axis.key, axis.values[i]);
      product.push_back(std::move(next));
    }
  }
  return product;
}

}  // namespace

absl::StatusOr<std::vector<SweepPoint>> ParseSweep(const std::vector<std::string>& sweeps) {
  std::vector<SweepPoint> points = {SweepPoint{}};
  std::set<std::string> keys;
  for (const std::string& sweep : sweeps) {
    ASSIGN_OR_RETURN(const Axis axis, ParseAxis(sweep));
    if (!keys.insert(axis.key).second) {
      return InvalidArgument(kPhrases.swept_twice, Visible(axis.key));
    }
    // Each factor is bounded by the length of a command line, so the product cannot overflow.
    const size_t jobs = points.size() * axis.values.size();
    if (jobs > kMostSweepJobs) {
      return InvalidArgument(kPhrases.sweep_too_large, jobs, kMostSweepJobs);
    }
    points = Multiply(points, axis);
  }
  return points;
}

std::string SweepJobName(const std::string& name, const SweepPoint& point) {
  const std::string full = name.empty() ? point.label : absl::StrCat(name, " ", point.label);
  return std::string(Utf8Beginning(full, kLongestName));
}

}  // namespace electra::client
