// The evaluation with the lowest combined loss, and how long ago it was. Plain data.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

namespace electra {

struct BestEvaluation {
  std::optional<int64_t> step;       // of the lowest loss; nothing before the first evaluation
  double loss = 0;                   // the lowest
  int64_t evaluations_since = 0;     // that were not lower
  std::optional<int64_t> last_step;  // of the last evaluation that was counted

  // True where this is the lowest so far; a loss that is no finite number never is. The same
  // evaluation again, after a resume, changes nothing.
  bool Add(int64_t evaluated_step, double evaluated_loss) {
    if (last_step && evaluated_step <= *last_step) return false;
    last_step = evaluated_step;
    if (!std::isfinite(evaluated_loss) || (step && evaluated_loss >= loss)) {
      ++evaluations_since;
      return false;
    }
    step = evaluated_step;
    loss = evaluated_loss;
    evaluations_since = 0;
    return true;
  }
};

}  // namespace electra
