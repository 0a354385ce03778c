// CRC-32C (Castagnoli), the check sum of TensorFlow's record files; Debian 12 has no library for
// it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace electra::client {

inline uint32_t Crc32c(std::string_view bytes) {
  constexpr uint32_t kPolynomial = 0x82F63B78;  // reflected
  static constexpr auto kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < table.size(); ++i) {
      uint32_t remainder = i;
      for (int bit = 0; bit < 8; ++bit) {
        remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? kPolynomial : 0);
      }
      table[i] = remainder;
    }
    return table;
  }();
  uint32_t crc = ~uint32_t{0};
  for (char byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xFF];
  return ~crc;
}

}  // namespace electra::client
