#include "core/text/bert_splitter.h"

#include <algorithm>
#include <string>

namespace electra {

BertSplitter::BertSplitter(const TokenizerOptions& options, CodeFunction code)
    : unicode_(UnicodeTable::Get()),
      options_(options),
      strips_accents_(options.StripsAccents()),
      code_(std::move(code)) {
  for (std::uint32_t i = 0; i < leading_codes_.size(); ++i) leading_codes_[i] = code_(0x1100 + i);
  for (std::uint32_t i = 0; i < vowel_codes_.size(); ++i) vowel_codes_[i] = code_(0x1161 + i);
  for (std::uint32_t i = 1; i < trailing_codes_.size(); ++i) {
    trailing_codes_[i] = code_(0x11A7 + i);
  }
  BuildTable();
}

void BertSplitter::BuildTable() {
  constexpr std::size_t kBlock = 256;
  block_of_.reserve(kCodePoints / kBlock);
  std::vector<std::uint32_t> block(kBlock);
  std::size_t last = 0;  // blocks that are equal mostly follow one another
  for (char32_t c = 0; c < kCodePoints; c += kBlock) {
    for (char32_t i = 0; i < kBlock; ++i) block[i] = ComputeEntry(c + i);
    const auto before = entries_.begin() + static_cast<std::ptrdiff_t>(last * kBlock);
    if (entries_.empty() || !std::equal(block.begin(), block.end(), before)) {
      last = entries_.size() / kBlock;
      entries_.insert(entries_.end(), block.begin(), block.end());
    }
    block_of_.push_back(static_cast<std::uint16_t>(last));
  }
}

bool BertSplitter::Skips(char32_t c) const {
  if (!options_.clean_text || c == '\t' || c == '\n' || c == '\r') return false;
  return c == 0 || c == 0xFFFD || (unicode_.Flags(c) & UnicodeTable::kControl) != 0;
}

// Entry of a character that nothing changes any more.
std::uint32_t BertSplitter::FinalEntry(char32_t c) const {
  const std::uint8_t flags = unicode_.Flags(c);
  if ((flags & UnicodeTable::kWhiteSpace) != 0) return MakeEntry(Kind::kSpace);
  const bool isolated = (flags & UnicodeTable::kPunctuation) != 0;
  return MakeEntry(isolated ? Kind::kIsolated : Kind::kWordCharacter, code_(c));
}

std::uint32_t BertSplitter::ComputeEntry(char32_t c) const {
  if (Skips(c)) return MakeEntry(Kind::kSkipped);
  if (strips_accents_ && c >= kHangulBase && c < kHangulEnd) {
    return MakeEntry(Kind::kHangul, c - kHangulBase);
  }
  std::u32string parts(1, c);
  if (strips_accents_) {
    parts = unicode_.Decomposition(c);
    for (const char32_t part : parts) {
      if (unicode_.CombiningClass(part) != 0) return MakeEntry(Kind::kSpecial);
    }
    std::erase_if(parts, [this](char32_t part) {
      return (unicode_.Flags(part) & UnicodeTable::kNonspacingMark) != 0;
    });
  }
  if (options_.do_lower_case) {
    std::u32string lower;
    for (const char32_t part : parts) lower += unicode_.Lowercase(part);
    parts = std::move(lower);
  }
  if (parts.empty()) return MakeEntry(Kind::kDropped);
  if (parts.size() > 1) return MakeEntry(Kind::kSpecial);
  // No Han character has several parts or a mark among them, so that it always ends here.
  const bool isolated =
      options_.tokenize_chinese_chars && (unicode_.Flags(c) & UnicodeTable::kHan) != 0;
  return isolated ? MakeEntry(Kind::kIsolated, code_(parts[0])) : FinalEntry(parts[0]);
}

void BertSplitter::SortCanonically(std::vector<Mark>& marks) {
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
    return a.combining_class < b.combining_class;
  });
}

}  // namespace electra
