// What a pickle of tensors may name, and opcodes that it may not use. Private to core/hub.
//
// Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace electra {

// Whether `module`.`name` is a part of tensors: a storage, a type, or a function that makes one.
bool IsTensorPart(std::string_view module, std::string_view name);

// " (INST)" of an opcode that calls or imports by itself; empty for others.
const char* RefusedOpcodeName(uint8_t opcode);

}  // namespace electra
