// What each method of the contract requires of its caller: one table; other methods need an admin.
//
// Thread safety: pure functions.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string_view>

#include "electra/v1/access.pb.h"

namespace electra::server {

// Methods that change something are audited. Those of kMakesRoom work on a full disk too.
enum class Effect { kReads, kChanges, kMakesRoom };

struct MethodPolicy {
  std::string_view method;  // "electra.v1.JobService.SubmitJob"
  v1::Role role = v1::ADMIN;
  Effect effect = Effect::kChanges;
};

// The policy of the method that takes this request: each method has its own message type. A method
// that is not in the table needs an admin.
MethodPolicy PolicyFor(const google::protobuf::Descriptor& request);

// Whether the table has "electra.v1.JobService.SubmitJob".
bool IsMethod(std::string_view name);

}  // namespace electra::server
