// config.json of an ELECTRA network, as transformers writes and reads it.
//
// Parsing takes every field that changes the mathematics, with ElectraConfig's default where one is
// missing; refuses, by name, what would compute something else than our networks do; and ignores
// the rest (labels, generation settings, summary_*, ...). Both functions are pure.
//
//   ASSIGN_OR_RETURN(ElectraConfig config, ParseConfigJson(text, "/models/x/config.json"));
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "core/hub/tensor.h"
#include "core/shape/config.h"

namespace electra {

// Which of the two networks a directory holds.
enum class Role { kGenerator, kDiscriminator };

// "generator" or "discriminator".
std::string_view RoleName(Role role);

// The same for a person.
Message NetworkName(Role role);

// The transformers class that loads it: "ElectraForMaskedLM" or "ElectraForPreTraining".
std::string_view ArchitectureName(Role role);

// `file_name` starts the error messages.
absl::StatusOr<ElectraConfig> ParseConfigJson(std::string_view json, std::string_view file_name);

// Loads without a warning in transformers from 4.40 on. `dtype` is the type of the weights beside
// it.
std::string ConfigJson(const ElectraConfig& config, Role role, DType dtype);

}  // namespace electra
