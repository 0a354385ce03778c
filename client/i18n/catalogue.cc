#include "client/i18n/catalogue.h"

#include <string>

#include "client/i18n/korean.h"

namespace electra::client {
namespace {

constexpr char kContextEnd = '\004';

constexpr uint32_t kMagic = 0x950412de;
constexpr uint32_t kHeader = 28;  // bytes: magic, revision, count, two tables, a hash table
constexpr uint32_t kEntry = 8;    // bytes: length and place of a string

}  // namespace

Catalogue::Catalogue(std::string_view bytes) : bytes_(bytes) {
  if (bytes_.size() < kHeader || bytes_.size() > UINT32_MAX || Number(0) != kMagic) return;
  count_ = Number(8);
  keys_ = Number(12);
  translations_ = Number(16);
  if (!IsWhole()) count_ = 0;
}

uint32_t Catalogue::Number(uint32_t at) const {
  uint32_t number = 0;
  for (uint32_t i = 4; i-- > 0;) number = number << 8 | static_cast<uint8_t>(bytes_[at + i]);
  return number;
}

bool Catalogue::IsString(uint32_t entry) const {
  const uint64_t end = uint64_t{Number(entry)} + Number(entry + 4);
  return end < bytes_.size() && bytes_[end] == '\0';
}

bool Catalogue::IsWhole() const {
  const uint64_t size = uint64_t{count_} * kEntry;
  if (keys_ + size > bytes_.size() || translations_ + size > bytes_.size()) return false;
  for (uint32_t i = 0; i < count_; ++i) {
    if (!IsString(keys_ + i * kEntry) || !IsString(translations_ + i * kEntry)) return false;
  }
  return true;
}

std::string_view Catalogue::String(uint32_t entry) const {
  return bytes_.substr(Number(entry + 4), Number(entry));
}

uint32_t Catalogue::LowerBound(std::string_view key) const {
  uint32_t first = 0;
  uint32_t last = count_;
  while (first < last) {
    const uint32_t middle = first + (last - first) / 2;
    if (String(keys_ + middle * kEntry) < key) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

std::optional<std::string_view> Catalogue::Find(std::string_view key) const {
  const uint32_t at = LowerBound(key);
  // The empty key is the catalogue's header.
  if (key.empty() || at == count_ || String(keys_ + at * kEntry) != key) return std::nullopt;
  return String(translations_ + at * kEntry);
}

std::optional<std::string_view> Catalogue::FindContext(std::string_view context) const {
  const std::string key = std::string(context) + kContextEnd;
  const uint32_t at = LowerBound(key);
  if (at == count_ || !String(keys_ + at * kEntry).starts_with(key)) return std::nullopt;
  return String(translations_ + at * kEntry);
}

const Catalogue& Korean() {
  static const Catalogue catalogue(KoreanBytes());
  return catalogue;
}

const char* Translated(const char* text, Language language) {
  const std::string_view key = text;
  if (language == Language::kKorean) {
    if (const auto korean = Korean().Find(key)) return korean->data();
  }
  const size_t context_end = key.find(kContextEnd);
  return context_end == std::string_view::npos ? text : text + context_end + 1;
}

}  // namespace electra::client
