// The errors of ranks that compute together. The standard library only.
#pragma once

#include <stdexcept>

namespace electra {

// A rank did not answer in time, or its connection broke: the group is of no use any more.
class RankLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Whoever holds the keys by which ranks find each other does not answer any more.
class StoreLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace electra
