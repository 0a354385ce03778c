// The options of `electra submit`.
#pragma once

#include <string>
#include <vector>

#include "client/jobfile/submission.h"

namespace electra::client {

enum class AfterSubmit { kReturn, kWatch };

enum class SubmitMode { kQueue, kEstimate };

struct SubmitOptions {
  ConfigSources config;
  std::vector<std::string> corpora;       // the first, then further ones
  std::string mix;                        // their shares
  std::vector<std::string> eval_corpora;  // "NAME=FILE"
  std::vector<std::string> sweeps;        // "key=value,value"; empty: one job
  SubmitMode mode = SubmitMode::kQueue;
  AfterSubmit after = AfterSubmit::kReturn;
};

}  // namespace electra::client
