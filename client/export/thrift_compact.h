// Writes Thrift's compact protocol, as far as Parquet's metadata needs it.
//
//   ThriftStruct page;
//   page.Integer(1, ThriftType::kI32, 0).Struct(5, header);
//   out << page.Finish();
//
// Thread safety: a value. Fields must come in ascending order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace electra::client {

// Their numbers in the protocol.
enum class ThriftType : uint8_t { kI32 = 5, kI64 = 6, kBinary = 8, kList = 9, kStruct = 12 };

inline void AppendVarint(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) *out += static_cast<char>(value | 0x80);
  *out += static_cast<char>(value);
}

inline std::string ThriftInteger(int64_t value) {
  std::string out;
  AppendVarint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63), &out);
  return out;
}

inline std::string ThriftBinary(std::string_view bytes) {
  std::string out;
  AppendVarint(bytes.size(), &out);
  return out.append(bytes);
}

class ThriftStruct {
 public:
  ThriftStruct& Integer(int id, ThriftType type, int64_t value) {
    return Field(id, type, ThriftInteger(value));
  }
  ThriftStruct& Binary(int id, std::string_view bytes) {
    return Field(id, ThriftType::kBinary, ThriftBinary(bytes));
  }
  // `finished` is another struct's Finish().
  ThriftStruct& Struct(int id, std::string_view finished) {
    return Field(id, ThriftType::kStruct, finished);
  }
  // `elements`: each from ThriftInteger, ThriftBinary or Finish().
  ThriftStruct& List(int id, ThriftType element, const std::vector<std::string>& elements) {
    constexpr size_t kLong = 15;
    std::string list;
    const size_t size = elements.size() < kLong ? elements.size() : kLong;
    list += static_cast<char>((size << 4) | static_cast<uint8_t>(element));
    if (size == kLong) AppendVarint(elements.size(), &list);
    for (const std::string& bytes : elements) list += bytes;
    return Field(id, ThriftType::kList, list);
  }
  std::string Finish() const { return bytes_ + '\0'; }

 private:
  // All ids here are within 15 of the one before, for which one byte is enough.
  ThriftStruct& Field(int id, ThriftType type, std::string_view value) {
    bytes_ += static_cast<char>(((id - last_id_) << 4) | static_cast<uint8_t>(type));
    bytes_.append(value);
    last_id_ = id;
    return *this;
  }

  std::string bytes_;
  int last_id_ = 0;
};

}  // namespace electra::client
