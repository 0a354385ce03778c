#include "core/base/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <system_error>

#include "absl/strings/numbers.h"

namespace electra {
namespace {

constexpr std::string_view kDecimal = "0123456789";

void DropSign(std::string_view* text) {
  if (text->starts_with('+') || text->starts_with('-')) text->remove_prefix(1);
}

// Drops the digits at the start and says how many there were.
std::size_t DropDigits(std::string_view* text) {
  const std::size_t count = std::min(text->find_first_not_of(kDecimal), text->size());
  text->remove_prefix(count);
  return count;
}

// The digits of an integer and their base; 0: `text` is not an integer.
int SplitInteger(std::string_view text, std::string_view* digits) {
  int base = 10;
  std::string_view allowed = kDecimal;
  if (text.starts_with("0o")) {
    base = 8;
    allowed = "01234567";
  } else if (text.starts_with("0x")) {
    base = 16;
    allowed = "0123456789abcdefABCDEF";
  }
  if (base == 10) {
    DropSign(&text);
  } else {
    text.remove_prefix(2);
  }
  *digits = text;
  const bool is_integer =
      !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
  return is_integer ? base : 0;
}

bool IsYamlFloat(std::string_view text) {
  DropSign(&text);
  std::size_t digits = DropDigits(&text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += DropDigits(&text);
  }
  if (digits == 0) return false;
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  DropSign(&text);
  return DropDigits(&text) > 0 && text.empty();
}

}  // namespace

std::optional<bool> YamlBoolean(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

bool IsYamlInteger(std::string_view text) {
  std::string_view digits;
  return SplitInteger(text, &digits) != 0;
}

std::optional<int64_t> YamlInteger(std::string_view text) {
  std::string_view digits;
  const int base = SplitInteger(text, &digits);
  if (base == 0) return std::nullopt;
  if (text.starts_with('-')) digits = text;
  int64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<double> YamlFloat(std::string_view text) {
  double number = 0;
  if (!IsYamlFloat(text) || !absl::SimpleAtod(std::string(text), &number)) return std::nullopt;
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace electra
