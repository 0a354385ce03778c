// The version of this build.
#pragma once

namespace electra {

inline constexpr char kVersion[] = ELECTRA_VERSION;

}  // namespace electra
