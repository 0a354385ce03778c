#include "core/loop/out_of_memory.h"

#include "core/base/message.h"

namespace electra {

absl::Status OutOfMemoryError(const Hyperparameters& hyperparameters, const std::string& device,
                              int64_t step, int64_t fitting_batch) {
  if (fitting_batch == 0) {
    return ResourceExhaustedError(
        "NO_SEQUENCE_FITS",
        "the memory of {device} ran out in step {step} (batch_size {batch_size}, max_length "
        "{max_length}). Not even one sequence fits: use a smaller max_length or model, or "
        "gradient_checkpointing=true",
        device, step, hyperparameters.batch_size, hyperparameters.max_length);
  }
  const int64_t per_step = hyperparameters.batch_size * hyperparameters.gradient_accumulation_steps;
  return ResourceExhaustedError(
      "BATCH_DOES_NOT_FIT",
      "the memory of {device} ran out in step {step} (batch_size {batch_size}, max_length "
      "{max_length}). A batch_size of {fitting} fits. For the same training use it with "
      "gradient_accumulation_steps={accumulation}; gradient_checkpointing=true needs less memory "
      "too",
      device, step, hyperparameters.batch_size, hyperparameters.max_length, fitting_batch,
      (per_step + fitting_batch - 1) / fitting_batch);
}

}  // namespace electra
