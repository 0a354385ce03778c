// Properties of characters as Hugging Face's tokenizers see them (private to core/text).
//
// That library mixes three versions of Unicode: categories are those of 8.0 (crate
// unicode_categories 0.1), decompositions and combining classes those of 9.0 (crate
// unicode-normalization-alignments), white space and lower case those of the Rust standard library
// (17.0). ICU says since when a character exists, so later ones count as unassigned here; what
// changed for older characters, or is younger than ICU, is listed in the .cc file.
//
// Built once, then immutable; any number of threads may read it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace electra {

inline constexpr char32_t kCodePoints = 0x110000;

class UnicodeTable {
 public:
  enum Flag : std::uint8_t {
    kControl = 1,            // categories Cc, Cf, Co, Cs
    kWhiteSpace = 2,         // White_Space
    kPunctuation = 4,        // categories P*, and ASCII's symbols
    kNonspacingMark = 8,     // category Mn
    kHan = 16,               // what BERT calls a Chinese character
    kHasLowercase = 32,      // Lowercase() differs from the character
    kHasDecomposition = 64,  // Decomposition() differs, Hangul syllables included
    kReorders = 128,         // combining class above 0
  };

  static const UnicodeTable& Get();

  std::uint8_t Flags(char32_t c) const { return flags_[c]; }

  // 1 to 254 where kReorders is set, else 0.
  std::uint8_t CombiningClass(char32_t c) const;

  // Full mappings; the character itself where there is none.
  std::u32string Lowercase(char32_t c) const;
  std::u32string Decomposition(char32_t c) const;  // canonical, in canonical order

 private:
  UnicodeTable();

  std::vector<std::uint8_t> flags_;  // by code point
  absl::flat_hash_map<char32_t, std::u32string> lowercase_;
  absl::flat_hash_map<char32_t, std::u32string> decompositions_;
};

}  // namespace electra
