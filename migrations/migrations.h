// The numbered SQL files of this folder, compiled in.
#pragma once

#include <span>
#include <string_view>

namespace electra {

struct Migration {
  int version;            // from 1, without gaps
  std::string_view name;  // of the file
  std::string_view sql;
};

// In order of versions.
std::span<const Migration> Migrations();

}  // namespace electra
