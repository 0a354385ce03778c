// The keys of a job file, in the order of documentation: the one place that knows them.
//
// Thread safety: constants.
#pragma once

#include <string>
#include <vector>

#include "client/i18n/phrases.h"

namespace electra::client {

struct JobKey {
  std::string name;
  std::string accepted;         // "txt, csv, tsv or jsonl"; empty: any text
  const Phrase* default_value;  // in words
  const Phrase* meaning;
  std::string example;  // what a template shows
};

const std::vector<JobKey>& JobKeys();

// Null for an unknown name.
const JobKey* FindJobKey(const std::string& name);
std::vector<std::string> JobKeyNames();

}  // namespace electra::client
