#include "core/base/device_lost.h"

#include "absl/strings/cord.h"

namespace electra {
namespace {

constexpr char kMark[] = "electra/device_lost";

}  // namespace

absl::Status DeviceLostError(const MessageValue& message) {
  absl::Status status = Error(absl::StatusCode::kUnavailable, message.message());
  status.SetPayload(kMark, absl::Cord("lost"));
  return status;
}

bool IsDeviceLost(const absl::Status& status) { return status.GetPayload(kMark).has_value(); }

}  // namespace electra
