// One field of one JSON object, read without building a tree (private to core/text).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace electra {

struct JsonField {
  // A number with a fraction or an exponent is kFraction; objects and arrays are kOther.
  enum class Kind { kMissing, kString, kNull, kInteger, kBoolean, kFraction, kOther };

  Kind kind = Kind::kMissing;
  std::string text;  // a kString's; as written, a kInteger's, kBoolean's or kFraction's
  std::vector<std::string> keys;  // of the object, at most kMaxListedKeys

  // The first escape in `text` that is half of a surrogate pair, as in "\ud83d": JSON can say it,
  // UTF-8 cannot. U+FFFD stands for each.
  std::optional<char16_t> lone_surrogate;
};

inline constexpr std::size_t kMaxListedKeys = 32;
inline constexpr int kMaxJsonDepth = 64;

// Reads the field `name` of the object `text`; where it occurs twice, the last. InvalidArgument
// (without name and line of the corpus): not JSON, not an object, nested deeper than kMaxJsonDepth.
absl::Status ReadJsonField(std::string_view text, std::string_view name, JsonField* field);

}  // namespace electra
