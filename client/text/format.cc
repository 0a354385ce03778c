#include "client/text/format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace electra::client {

std::string FormatCount(int64_t count) {
  const std::string digits = absl::StrCat(count);
  const size_t first = count < 0 ? 1 : 0;
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > first && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string FormatBytes(int64_t bytes) {
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  double amount = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // 1023.95 would be shown as 1024.0.
  while (amount >= 1023.95 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", amount, kUnits[unit]);
}

std::string FormatElapsed(absl::Duration time) {
  const int64_t seconds = std::max<int64_t>(absl::ToInt64Seconds(time), 0);
  if (seconds >= 3600) {
    return absl::StrFormat("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
  return absl::StrFormat("%d:%02d", seconds / 60, seconds % 60);
}

std::string FormatLoss(std::optional<double> loss) {
  return loss ? absl::StrFormat("%.3f", *loss) : "-";
}

std::string FormatRate(double rate) { return absl::StrFormat("%.4g", rate); }

std::string FormatNumber(double number) {
  char buffer[64];
  // to_chars alone prefers 1e-04 to 0.0001, which is as long.
  const double size = std::abs(number);
  const bool plain = number == 0 || (size >= 1e-4 && size < 1e15);
  const auto [end, error] =
      plain ? std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::fixed)
            : std::to_chars(buffer, buffer + sizeof(buffer), number);
  return error == std::errc() ? std::string(buffer, end) : absl::StrCat(number);
}

int Percent(int64_t part, int64_t whole) {
  if (whole <= 0) return 100;
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  const double percent = std::round(std::clamp(share, 0.0, 1.0) * 100);
  return static_cast<int>(part < whole ? std::min(percent, 99.0) : percent);
}

}  // namespace electra::client
