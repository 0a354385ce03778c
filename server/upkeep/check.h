// `electrad check`: whether a data folder is whole.
//
// Only reads, so that it may run alongside a daemon; it may then report changes that the daemon
// makes meanwhile. Free functions without state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace electra::server {

struct CheckReport {
  int64_t corpora = 0;
  int64_t jobs = 0;
  int64_t events = 0;
  int64_t checkpoints = 0;
  std::vector<std::string> problems;  // something that was promised is missing or damaged
  std::vector<std::string>
      orphans;  // files that belong to nothing; `electra server gc` removes them
  // Files and folders that other users of the machine can look into.
  std::vector<std::filesystem::path> open_to_others;
};

// The database's own integrity; every corpus, vocabulary and checkpoint by its digest; every job's
// log by its numbers. NotFound: there is no database.
absl::StatusOr<CheckReport> CheckDataFolder(const std::filesystem::path& root);

}  // namespace electra::server
