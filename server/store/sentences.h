// A sample as readable text in the database. Pure functions.
#pragma once

#include <string>

#include "electra/v1/training.pb.h"

namespace electra::server {

// The original and the fake sentence with changed tokens in parentheses, for people.
struct Sentences {
  std::string original;
  std::string fake;
};
Sentences MakeSentences(const v1::Sample& sample);

}  // namespace electra::server
