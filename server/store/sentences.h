// A sample as people read it in the database. Pure functions.
#pragma once

#include <string>

#include "electra/v1/training.pb.h"

namespace electra::server {

// The original and the fake sentence with changed tokens in parentheses, as people read them.
struct Sentences {
  std::string original;
  std::string fake;
};
Sentences MakeSentences(const v1::Sample& sample);

}  // namespace electra::server
