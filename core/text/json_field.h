// One field of one JSON object, read without building a tree (private to core/text).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace electra {

struct JsonField {
  enum class Kind { kMissing, kString, kNull, kOther };

  Kind kind = Kind::kMissing;
  std::string text;               // of kString
  std::vector<std::string> keys;  // of the object, at most kMaxListedKeys
};

inline constexpr std::size_t kMaxListedKeys = 32;
inline constexpr int kMaxJsonDepth = 64;

// Reads the field `name` of the object `json`; where it stands twice, the last. InvalidArgument
// (without name and line of the corpus): no JSON, no object, nested deeper than kMaxJsonDepth.
absl::Status ReadJsonField(std::string_view json, std::string_view name, JsonField* field);

}  // namespace electra
