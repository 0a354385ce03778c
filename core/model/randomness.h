// The generators that networks draw from. Private to core: includes libtorch.
//
// On the CPU each thread has its own, so that sessions on several threads draw what they would draw
// alone; a card has libtorch's default one. Nothing draws from libtorch's default generator of the
// CPU, which belongs to the whole process.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "core/model/cpu/dropout.h"

namespace electra {

// The generator of the calling thread or of the card.
at::Generator GeneratorOf(const at::Device& device);

// Seeds the calling thread's generator, and the card's where `device` is one.
void SeedGenerators(const at::Device& device, uint64_t seed);

// A key out of the calling thread's generator.
uint64_t DrawKey();

// Dropout with a key of its own; draws none where nothing is dropped.
cpu::Dropout DrawDropout(double probability);

}  // namespace electra
