// What a plain scalar means by the core schema of YAML 1.2.2 (10.3.2): `True` is a boolean, `+3`,
// `0x1F` and `.5` are numbers, `yes` and `1_000` are text.
//
// Pure functions of the standard library and Abseil.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace electra {

// true, True, TRUE, false, False, FALSE; nullopt for other text.
std::optional<bool> YamlBoolean(std::string_view text);

// 12, -12, +012, 0o17, 0x1F, of any length.
bool IsYamlInteger(std::string_view text);

// The number of such a text; nullopt for any other, and where it does not fit into an int64.
std::optional<int64_t> YamlInteger(std::string_view text);

// 1.5, .5, 1., -1e-5, and decimal integers; nullopt for other text and for numbers beyond
// a double. The schema's .inf and .nan are text here: no setting takes them.
std::optional<double> YamlFloat(std::string_view text);

}  // namespace electra
