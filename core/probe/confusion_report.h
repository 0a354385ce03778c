// The tokens that the pair confused in one evaluation, as plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/probe/confusion_counter.h"

namespace electra {

struct ConfusionReport {
  // The rows of each list: all that a reader can ask for, and few for any corpus.
  static constexpr size_t kMostRows = 1000;

  int64_t step = 0;
  int64_t sequences = 0;
  Confusions<std::string> confusions;  // tokens as in the vocabulary, `##` included
};

}  // namespace electra
