// The errors of ranks that compute together. The standard library only.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace electra {

// A rank did not answer in time, or its connection broke: the group is useless from now on.
class RankLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The store of the keys by which ranks find each other does not answer any more.
class StoreLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The text of an error, without the C++ stack that libtorch appends.
inline std::string FirstLine(const std::exception& error) {
  const std::string what = error.what();
  return what.substr(0, what.find('\n'));
}

}  // namespace electra
