#include "core/batch/token_weights.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace electra {

std::vector<float> DomainTokenWeights(std::span<const double> domain, std::span<const double> base,
                                      size_t vocab_size) {
  std::vector<float> weights(vocab_size, 1.0F);
  const double domain_size = std::accumulate(domain.begin(), domain.end(), 0.0);
  const double base_size = std::accumulate(base.begin(), base.end(), 0.0);
  if (domain_size <= 0 || base_size <= 0) return weights;
  const double scale = std::min(domain_size, base_size);
  for (size_t id = 0; id < std::min(vocab_size, domain.size()); ++id) {
    const double in_base = id < base.size() ? base[id] : 0;
    const double ratio = (domain[id] * scale / domain_size + 1) / (in_base * scale / base_size + 1);
    weights[id] = static_cast<float>(std::clamp(1 + std::log(ratio), 1.0, kMostTokenWeight));
  }
  return weights;
}

}  // namespace electra
