// Gloo's headers are Debian's; its code is inside libtorch_cpu.
#define USE_C10D_GLOO
#include "core/c10d/process_group.h"

#include <cstdlib>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <utility>

#include "core/c10d/backend_collectives.h"
#include "core/comm/rank_lost.h"
#ifdef ELECTRA_HAS_NCCL
#include "core/c10d/nccl_group.h"
#endif

namespace electra {
namespace {

c10::intrusive_ptr<c10d::Backend> MakeGloo(const c10::intrusive_ptr<c10d::Store>& store,
                                           const std::string& local_address,
                                           const GroupOptions& options) {
  auto group = c10d::ProcessGroupGloo::Options::create(options.timeout);
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  if (interface != nullptr && *interface != '\0') {
    group->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(interface));
  } else if (!local_address.empty()) {
    group->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(local_address));
  } else {
    group->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
  }
  group->threads = 1;  // in order: buckets are needed in the order in which they are sent
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, static_cast<int>(options.rank),
                                                     static_cast<int>(options.size), group);
}

class GlooGroup : public BackendCollectives {
 public:
  explicit GlooGroup(c10::intrusive_ptr<c10d::Backend> gloo)
      : BackendCollectives(std::move(gloo)) {}

  void Settle() override {}  // who waits for a completion waits for its end

 private:
  Completion Begin(const Start& start) override {
    try {
      return [work = start()] {
        try {
          work->wait();
        } catch (const std::exception& error) {
          throw RankLost(FirstLine(error));
        }
      };
    } catch (const std::exception& error) {
      throw RankLost(FirstLine(error));
    }
  }
};

}  // namespace

std::shared_ptr<Collectives> MakeProcessGroup(const c10::intrusive_ptr<c10d::Store>& store,
                                              const std::string& local_address,
                                              const GroupOptions& options) {
  try {
    if (options.device == "cpu") {
      return std::make_shared<GlooGroup>(MakeGloo(store, local_address, options));
    }
#ifdef ELECTRA_HAS_NCCL
    return MakeNcclGroup(store, options);
#endif
  } catch (const RankLost&) {
    throw;
  } catch (const std::exception& error) {
    throw RankLost(FirstLine(error));
  }
  throw std::runtime_error(
      "this build of electrad has no NCCL: several ranks can only be on "
      "processors (device=cpu)");
}

}  // namespace electra
