// How much each token counts in the discriminator's loss with disc_token_weights=domain.
//
// A pure function; the standard library only.
#pragma once

#include <span>
#include <vector>

namespace electra {

constexpr double kMostTokenWeight = 3;

// By token id, from 1 to kMostTokenWeight. `domain` and `base` are how often each token was seen in
// (or is expected of) text of the domain and text that the domain differs from; the amounts of text
// may differ, and counts beyond the ends are 0.
//
// With r the ratio of the two frequencies, a token counts 1 + ln r, but 1 where it is not more
// frequent in the domain. One occurrence is added to both, on the scale of the shorter text, so
// that a token that occurs once in one text and never in the other says little.
std::vector<float> DomainTokenWeights(std::span<const double> domain, std::span<const double> base,
                                      size_t vocab_size);

}  // namespace electra
