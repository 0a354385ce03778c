// Gloo's headers are Debian's; its code is inside libtorch_cpu.
#define USE_C10D_GLOO
#include "core/distributed/process_group.h"

#include <cstdlib>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <utility>

#ifdef ELECTRA_HAS_NCCL
#include "core/distributed/nccl_group.h"
#endif

namespace electra {
namespace {

std::string FirstLine(const std::exception& error) {
  const std::string what = error.what();
  return what.substr(0, what.find('\n'));
}

class GlooGroup : public Collectives {
 public:
  GlooGroup(const c10::intrusive_ptr<c10d::Store>& store, const std::string& local_address,
            const GroupOptions& options)
      : rank_(options.rank), size_(options.size) {
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
    group_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store, static_cast<int>(rank_),
                                                         static_cast<int>(size_), group);
  }

  int64_t rank() const override { return rank_; }
  int64_t size() const override { return size_; }
  int64_t payload_bytes() const override { return payload_bytes_; }
  void Settle() override {}  // who waits for a completion waits for its end

  Completion SumOverRanks(const at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors = {tensor};
    return Begin(tensor, [&] { return group_->allreduce(tensors); });
  }

  Completion SumAndScatter(const at::Tensor& part, const at::Tensor& whole) override {
    at::Tensor output = part;
    at::Tensor input = whole;
    return Begin(whole, [&] { return group_->_reduce_scatter_base(output, input); });
  }

  Completion Gather(const at::Tensor& whole, const at::Tensor& part) override {
    at::Tensor output = whole;
    at::Tensor input = part;
    return Begin(whole, [&] { return group_->_allgather_base(output, input); });
  }

  Completion Broadcast(const at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors = {tensor};
    return Begin(tensor, [&] { return group_->broadcast(tensors); });
  }

 private:
  template <typename Start>
  Completion Begin(const at::Tensor& payload, const Start& start) {
    payload_bytes_ += static_cast<int64_t>(payload.nbytes());
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

  const int64_t rank_;
  const int64_t size_;
  int64_t payload_bytes_ = 0;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
};

}  // namespace

std::shared_ptr<Collectives> MakeProcessGroup(const c10::intrusive_ptr<c10d::Store>& store,
                                              const std::string& local_address,
                                              const GroupOptions& options) {
  try {
    if (options.device == "cpu") return std::make_shared<GlooGroup>(store, local_address, options);
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
