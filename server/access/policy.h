// What each method of the contract asks of its caller: one table, and no for what is not in it.
//
// Thread safety: pure functions.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string_view>

#include "electra/v1/access.pb.h"

namespace electra::server {

// What changes something is audited. What makes room is done on a full disk too.
enum class Effect { kReads, kChanges, kMakesRoom };

struct MethodPolicy {
  std::string_view method;  // "electra.v1.JobService.SubmitJob"
  v1::Role role = v1::ADMIN;
  Effect effect = Effect::kChanges;
};

// Of the method that takes this request: each has a message of its own, beside its service. One
// that the table lacks is an admin's.
MethodPolicy PolicyFor(const google::protobuf::Descriptor& request);

// Whether the table has "electra.v1.JobService.SubmitJob".
bool IsMethod(std::string_view name);

}  // namespace electra::server
