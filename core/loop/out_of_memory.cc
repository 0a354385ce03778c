#include "core/loop/out_of_memory.h"

#include "absl/strings/str_cat.h"

namespace electra {

size_t FittingBatch(size_t sequences, const std::function<bool(size_t)>& fits) {
  size_t count = sequences / 2;
  while (count > 0 && !fits(count)) count /= 2;
  return count;
}

absl::Status OutOfMemoryError(const Hyperparameters& hyperparameters, const std::string& device,
                              int64_t step, int64_t fitting_batch) {
  const std::string problem =
      absl::StrCat("the memory of ", device, " ran out in step ", step, " (batch_size ",
                   hyperparameters.batch_size, ", max_length ", hyperparameters.max_length, "). ");
  if (fitting_batch == 0) {
    return absl::ResourceExhaustedError(
        absl::StrCat(problem,
                     "Not even one sequence fits: use a smaller max_length or model, or "
                     "gradient_checkpointing=true"));
  }
  const int64_t per_step = hyperparameters.batch_size * hyperparameters.gradient_accumulation_steps;
  return absl::ResourceExhaustedError(
      absl::StrCat(problem, "A batch_size of ", fitting_batch,
                   " fits. For the same training use it with gradient_accumulation_steps=",
                   (per_step + fitting_batch - 1) / fitting_batch,
                   "; gradient_checkpointing=true needs less memory too"));
}

}  // namespace electra
