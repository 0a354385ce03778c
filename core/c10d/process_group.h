// c10d's process groups as Collectives: Gloo between processors, NCCL between cards. Private to
// core: includes libtorch.
#pragma once

#include <memory>
#include <string>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "core/c10d/key_store.h"
#include "core/comm/collectives.h"

namespace electra {

// `local_address`: where other ranks reach this one; empty leaves it to Gloo. GLOO_SOCKET_IFNAME
// and NCCL_SOCKET_IFNAME win over it.
std::shared_ptr<Collectives> MakeProcessGroup(const c10::intrusive_ptr<c10d::Store>& store,
                                              const std::string& local_address,
                                              const GroupOptions& options);

}  // namespace electra
