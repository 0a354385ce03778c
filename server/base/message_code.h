// A sentence's code and values in the contract. A pure function.
#pragma once

#include "core/base/message.h"
#include "electra/v1/message.pb.h"

namespace electra::server {

// Empty for a sentence without a code.
v1::MessageCode ToProto(const Message& message);

}  // namespace electra::server
