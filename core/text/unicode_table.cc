#include "core/text/unicode_table.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <utility>

namespace electra {
namespace {

constexpr std::uint8_t kCategoriesUnicode = 8;
constexpr std::uint8_t kNormalizationUnicode = 9;

struct ChangedCategory {
  char32_t first, last;
  std::uint8_t flags;  // in Unicode 8
};

// Characters of Unicode 8 or older whose category has changed since.
constexpr ChangedCategory kChangedCategories[] = {
    {0x166D, 0x166D, UnicodeTable::kPunctuation},       // Po, a symbol since 12
    {0x1734, 0x1734, UnicodeTable::kNonspacingMark},    // Mn, Mc since 14
    {0x1885, 0x1886, 0},                                // Lo, Mn since 9
    {0xA9BD, 0xA9BD, 0},                                // Mc, Mn since 11
    {0x111C9, 0x111C9, UnicodeTable::kPunctuation},     // Po, Mn since 11
    {0x1171E, 0x1171E, UnicodeTable::kNonspacingMark},  // Mn, Mc since 16 (ICU 76)
};

struct LowercaseRange {
  char32_t first, last;
  std::int32_t distance;  // of the lower-case letter
};

// Pairs of Unicode 16 and 17: ICU 72 is of Unicode 15.
constexpr LowercaseRange kNewLowercase[] = {
    {0x1C89, 0x1C89, 1},      {0xA7CB, 0xA7CB, 0x264 - 0xA7CB},
    {0xA7CC, 0xA7CC, 1},      {0xA7CE, 0xA7CE, 1},
    {0xA7D2, 0xA7D2, 1},      {0xA7D4, 0xA7D4, 1},
    {0xA7DA, 0xA7DA, 1},      {0xA7DC, 0xA7DC, 0x19B - 0xA7DC},
    {0x10D50, 0x10D65, 0x20}, {0x16EA0, 0x16EB8, 0x1B},
};

std::uint8_t Age(char32_t c) {
  UVersionInfo version;
  u_charAge(static_cast<UChar32>(c), version);
  return version[0] == 8 && version[1] > 0 ? 9 : version[0];  // there is no 8.1
}

bool IsHan(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B81F) ||
         (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

bool IsAsciiPunctuation(char32_t c) {
  return (c >= 0x21 && c <= 0x2F) || (c >= 0x3A && c <= 0x40) || (c >= 0x5B && c <= 0x60) ||
         (c >= 0x7B && c <= 0x7E);
}

std::uint8_t CategoryFlags(char32_t c) {
  for (const ChangedCategory& changed : kChangedCategories) {
    if (c >= changed.first && c <= changed.last) return changed.flags;
  }
  if (IsAsciiPunctuation(c)) return UnicodeTable::kPunctuation;
  const std::int8_t category = u_charType(static_cast<UChar32>(c));
  if (category == U_UNASSIGNED || Age(c) > kCategoriesUnicode) return 0;
  const std::uint32_t mask = U_MASK(category);
  if ((mask & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK | U_GC_CS_MASK)) != 0) {
    return UnicodeTable::kControl;
  }
  if ((mask & U_GC_P_MASK) != 0) return UnicodeTable::kPunctuation;
  if (category == U_NON_SPACING_MARK) return UnicodeTable::kNonspacingMark;
  return 0;
}

std::u32string CodePoints(const icu::UnicodeString& text) {
  std::u32string result;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    result.push_back(static_cast<char32_t>(text.char32At(i)));
  }
  return result;
}

}  // namespace

const UnicodeTable& UnicodeTable::Get() {
  static const UnicodeTable table;
  return table;
}

UnicodeTable::UnicodeTable() : flags_(kCodePoints, 0) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const nfd = icu::Normalizer2::getNFDInstance(error);
  for (char32_t c = 0; c < kCodePoints; ++c) {
    const auto icu_c = static_cast<UChar32>(c);
    std::uint8_t flags = CategoryFlags(c);
    if (IsHan(c)) flags |= kHan;
    if (u_charType(icu_c) != U_UNASSIGNED) {
      if (u_isUWhiteSpace(icu_c)) flags |= kWhiteSpace;
      icu::UnicodeString mapped;
      if (u_hasBinaryProperty(icu_c, UCHAR_CHANGES_WHEN_LOWERCASED)) {
        mapped = icu::UnicodeString(icu_c).toLower(icu::Locale::getRoot());
        lowercase_.emplace(c, CodePoints(mapped));
        flags |= kHasLowercase;
      }
      if (nfd != nullptr && Age(c) <= kNormalizationUnicode) {
        if (u_getCombiningClass(icu_c) != 0) flags |= kReorders;
        if (nfd->getDecomposition(icu_c, mapped)) {
          decompositions_.emplace(c, CodePoints(mapped));
          flags |= kHasDecomposition;
        }
      }
    }
    flags_[c] = flags;
  }
  for (const LowercaseRange& range : kNewLowercase) {
    for (char32_t c = range.first; c <= range.last; ++c) {
      const auto lower = static_cast<char32_t>(static_cast<std::int32_t>(c) + range.distance);
      lowercase_.insert_or_assign(c, std::u32string(1, lower));
      flags_[c] |= kHasLowercase;
    }
  }
}

std::uint8_t UnicodeTable::CombiningClass(char32_t c) const {
  return (Flags(c) & kReorders) != 0 ? u_getCombiningClass(static_cast<UChar32>(c))
                                     : std::uint8_t{0};
}

std::u32string UnicodeTable::Lowercase(char32_t c) const {
  const auto found = lowercase_.find(c);
  return found == lowercase_.end() ? std::u32string(1, c) : found->second;
}

std::u32string UnicodeTable::Decomposition(char32_t c) const {
  const auto found = decompositions_.find(c);
  return found == decompositions_.end() ? std::u32string(1, c) : found->second;
}

}  // namespace electra
