#include "core/ranks/rank_environment.h"

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"

namespace electra {
namespace {

constexpr int64_t kMostRanks = 1 << 16;

// Empty is as if it were not set: a job file of Kubernetes or Slurm cannot unset a variable.
std::optional<std::string> Value(const EnvironmentReader& read, const char* name) {
  const char* value = read(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

absl::StatusOr<int64_t> ParseNumber(const char* name, std::string_view text, int64_t least,
                                    int64_t most) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return absl::InvalidArgumentError(absl::StrCat(name, " is \"", std::string(text.substr(0, 100)),
                                                   "\": it must be a whole number from ", least,
                                                   " to ", most));
  }
  return number;
}

absl::StatusOr<int64_t> ReadNumber(const EnvironmentReader& read, const char* name, int64_t least,
                                   int64_t most, int64_t fallback) {
  const std::optional<std::string> text = Value(read, name);
  if (!text) return fallback;
  return ParseNumber(name, *text, least, most);
}

}  // namespace

absl::StatusOr<std::optional<RankEnvironment>> ReadRankEnvironment(const EnvironmentReader& read) {
  const std::optional<std::string> rank = Value(read, "RANK");
  const std::optional<std::string> world_size = Value(read, "WORLD_SIZE");
  // MASTER_ADDR alone may be left over in a shell or an image, and means nothing.
  if (!rank && !world_size) return std::nullopt;
  const std::optional<std::string> address = Value(read, "MASTER_ADDR");
  const std::optional<std::string> port = Value(read, "MASTER_PORT");
  if (world_size && *world_size == "1" && (!rank || *rank == "0")) return std::nullopt;

  std::vector<std::string> missing;
  if (!rank) missing.push_back("RANK");
  if (!world_size) missing.push_back("WORLD_SIZE");
  if (!address) missing.push_back("MASTER_ADDR");
  if (!port) missing.push_back("MASTER_PORT");
  if (!missing.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        rank ? absl::StrCat("RANK is ", *rank) : absl::StrCat("WORLD_SIZE is ", *world_size),
        ", but ", absl::StrJoin(missing, " and "),
        missing.size() == 1 ? " is not set" : " are not set",
        ": start the processes with torchrun, or set RANK, WORLD_SIZE, MASTER_ADDR and "
        "MASTER_PORT in each of them; unset RANK and WORLD_SIZE to use this machine alone"));
  }
  RankEnvironment environment;
  environment.master_addr = *address;
  ASSIGN_OR_RETURN(environment.world_size, ParseNumber("WORLD_SIZE", *world_size, 1, kMostRanks));
  ASSIGN_OR_RETURN(environment.rank, ParseNumber("RANK", *rank, 0, kMostRanks - 1));
  ASSIGN_OR_RETURN(const int64_t port_number, ParseNumber("MASTER_PORT", *port, 1, 65535));
  environment.master_port = static_cast<int>(port_number);
  if (environment.rank >= environment.world_size) {
    return absl::InvalidArgumentError(absl::StrCat("RANK is ", environment.rank,
                                                   ", but WORLD_SIZE is ", environment.world_size,
                                                   ": ranks count from 0 to WORLD_SIZE - 1"));
  }
  ASSIGN_OR_RETURN(environment.local_rank, ReadNumber(read, "LOCAL_RANK", 0, kMostRanks - 1, 0));
  ASSIGN_OR_RETURN(environment.restart_count,
                   ReadNumber(read, "TORCHELASTIC_RESTART_COUNT", 0, kMostRanks, 0));
  const std::optional<std::string> agent = Value(read, "TORCHELASTIC_USE_AGENT_STORE");
  environment.agent_listens = agent && (*agent == "True" || *agent == "true" || *agent == "1");
  return environment;
}

absl::StatusOr<std::optional<RankEnvironment>> ReadRankEnvironment() {
  return ReadRankEnvironment([](const char* name) { return std::getenv(name); });
}

}  // namespace electra
