// The time, as it is stored: microseconds since 1970-01-01 UTC. Pure functions, except for the
// clock.
#pragma once

#include <cstdint>

#include "google/protobuf/timestamp.pb.h"

namespace electra::server {

int64_t NowMicros();

google::protobuf::Timestamp ToTimestamp(int64_t micros);

}  // namespace electra::server
