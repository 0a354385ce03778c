// The version of this build.
#pragma once

namespace electra::server {

inline constexpr char kVersion[] = ELECTRA_VERSION;

}  // namespace electra::server
