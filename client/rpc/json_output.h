// Machine-readable output: protobuf's JSON mapping, one object per line.
//
// It has all fields with the names of the .proto files, so that a script need not ask whether
// `epoch` is 0 or absent; an undefined number is null. 64-bit integers are numbers, unlike in the
// mapping, up to 2^53, which a double holds exactly; beyond it, strings. Control characters are
// escaped, so that a terminal does not act upon what a server sent.
#pragma once

#include <ostream>
#include <string>

#include "google/protobuf/message.h"
#include "nlohmann/json_fwd.hpp"

namespace electra::client {

std::string ToJsonLine(const google::protobuf::Message& message);

// Flushed, because readers of a stream wait for the line.
void WriteJsonLine(std::ostream& out, const google::protobuf::Message& message);
// Invalid UTF-8 becomes U+FFFD.
void WriteJsonLine(std::ostream& out, const nlohmann::json& object);

}  // namespace electra::client
