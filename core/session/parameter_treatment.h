// How the optimizer treats a parameter of a network, by its name in a Hugging Face state dict.
//
// A pure function; the standard library only.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/settings/hyperparameters.h"

namespace electra {

struct ParameterTreatment {
  bool frozen = false;
  bool decays = true;              // has weight decay; biases and LayerNorm have none
  double learning_rate_scale = 1;  // of the step's learning rate

  friend bool operator==(const ParameterTreatment&, const ParameterTreatment&) = default;
};

// With layerwise_lr_decay d, a network of n layers: 1 for its head, d for encoder layer n - 1, ...,
// d^n for layer 0 and d^(n + 1) for the embeddings.
ParameterTreatment TreatmentOf(std::string_view name, int64_t num_hidden_layers,
                               const Hyperparameters& hyperparameters);

}  // namespace electra
