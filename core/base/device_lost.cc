#include "core/base/device_lost.h"

#include <string>

#include "absl/strings/cord.h"

namespace electra {
namespace {

constexpr char kMark[] = "electra/device_lost";

}  // namespace

absl::Status DeviceLostError(std::string_view message) {
  absl::Status status = absl::UnavailableError(std::string(message));
  status.SetPayload(kMark, absl::Cord("lost"));
  return status;
}

bool IsDeviceLost(const absl::Status& status) { return status.GetPayload(kMark).has_value(); }

}  // namespace electra
