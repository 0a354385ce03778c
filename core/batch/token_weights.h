// What each token counts in the discriminator's loss with disc_token_weights=domain.
//
// A pure function; the standard library only.
#pragma once

#include <span>
#include <vector>

namespace electra {

constexpr double kMostTokenWeight = 3;

// By token id, from 1 to kMostTokenWeight. `domain` and `base` are how often each token was seen in
// (or is expected of) text of the domain and of what the domain differs from; they need not be of as
// much text, and count as 0 beyond their ends.
//
// With r the ratio of the two frequencies, a token counts 1 + ln r: once where the domain has no
// more of it. One occurrence is added to both, on the scale of the shorter text, so that a token
// that one text has a single time and the other does not have says little.
std::vector<float> DomainTokenWeights(std::span<const double> domain, std::span<const double> base,
                                      size_t vocab_size);

}  // namespace electra
