// Normalises a text and cuts it into words in one pass, as Hugging Face's BertNormalizer and
// BertPreTokenizer do together (private to core/text).
//
// A table has one entry a code point that says how it is treated under the given options; only
// combining marks (when accents are stripped) and the few characters that turn into several need
// more than that. Words are handed over character by character:
//
//   struct Sink {
//     // The next character of the word; it comes from the bytes [begin, end) of the text.
//     void Append(std::uint32_t code, std::size_t begin, std::size_t end);
//     // The word is complete. May come without a character before it.
//     void EndWord();
//   };
//
// Immutable after construction; any number of threads may use one at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/tokenizer.h"
#include "core/text/unicode_table.h"

namespace electra {

class BertSplitter {
 public:
  // The code that a Sink gets for a character, below 2^29.
  using CodeFunction = std::function<std::uint32_t(char32_t)>;

  BertSplitter(const TokenizerOptions& options, CodeFunction code);

  // Hands all words of `text` to `sink`. A byte that is not UTF-8 counts as U+FFFD.
  template <typename Sink>
  void Split(std::string_view text, Sink& sink) const;

 private:
  enum class Kind : std::uint32_t {
    kWordCharacter,  // payload: code
    kSpace,
    kSkipped,   // removed before any other treatment
    kDropped,   // stripped, but a starter: it separates the marks before and after it
    kIsolated,  // a word of its own; payload: code
    kHangul,    // a syllable to decompose; payload: index of the syllable
    kSpecial,   // see SplitSpecial
  };
  struct Decoded {
    char32_t c;
    std::size_t length;
  };
  struct Range {
    std::size_t begin, end;
  };
  // Characters after the first of a decomposition share its range.
  struct Mark {
    char32_t c;
    std::uint8_t combining_class;
    bool first;
  };
  // Combining marks that wait for the next starter to be put in canonical order.
  struct MarkRun {
    std::vector<Mark> marks;
    std::vector<Range> ranges;  // of the marks that are `first`, in order of the text
    Range last{0, 0};           // of the character before the next one in canonical order
  };

  static constexpr std::uint32_t kPayloadBits = 29;
  static constexpr char32_t kHangulBase = 0xAC00, kHangulEnd = 0xD7A4;

  static std::uint32_t MakeEntry(Kind kind, std::uint32_t payload = 0) {
    return static_cast<std::uint32_t>(kind) << kPayloadBits | payload;
  }
  static Kind KindOf(std::uint32_t entry) { return static_cast<Kind>(entry >> kPayloadBits); }
  static std::uint32_t Payload(std::uint32_t entry) { return entry & ((1U << kPayloadBits) - 1); }
  static Decoded Decode(const char* p, const char* end);

  std::uint32_t Entry(char32_t c) const {
    return entries_[static_cast<std::size_t>(block_of_[c >> 8]) << 8 | (c & 0xFF)];
  }
  std::uint32_t ComputeEntry(char32_t c) const;
  std::uint32_t FinalEntry(char32_t c) const;
  bool Skips(char32_t c) const;
  void BuildTable();

  template <typename Sink>
  const char* SplitSpecial(const char* p, const char* end, const char* start, Sink& sink) const;
  template <typename Sink>
  void Decompose(char32_t c, Range range, MarkRun& run, Sink& sink) const;
  template <typename Sink>
  void Flush(MarkRun& run, Sink& sink) const;
  template <typename Sink>
  void Emit(char32_t c, Range range, Sink& sink) const;
  static void SortCanonically(std::vector<Mark>& marks);

  const UnicodeTable& unicode_;
  const TokenizerOptions options_;
  const bool strips_accents_;
  const CodeFunction code_;
  std::vector<std::uint16_t> block_of_;  // by code point >> 8
  std::vector<std::uint32_t> entries_;   // blocks of 256
  std::array<std::uint32_t, 19> leading_codes_{};
  std::array<std::uint32_t, 21> vowel_codes_{};
  std::array<std::uint32_t, 28> trailing_codes_{};  // [0]: no trailing consonant
};

inline BertSplitter::Decoded BertSplitter::Decode(const char* p, const char* end) {
  const auto byte = [p](std::size_t i) { return static_cast<std::uint32_t>(p[i] & 0xFF); };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  constexpr Decoded kInvalid{0xFFFD, 1};
  const std::uint32_t lead = byte(0);
  const auto left = static_cast<std::size_t>(end - p);
  if (lead < 0x80) return {lead, 1};
  if (lead >= 0xE0 && lead < 0xF0) {
    if (left < 3 || !continues(1) || !continues(2)) return kInvalid;
    const char32_t c = (lead & 0xF) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    if (c < 0x800 || (c >= 0xD800 && c < 0xE000)) return kInvalid;
    return {c, 3};
  }
  if (lead >= 0xC2 && lead < 0xE0) {
    if (left < 2 || !continues(1)) return kInvalid;
    return {(lead & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  }
  if (lead < 0xF0 || lead > 0xF4 || left < 4) return kInvalid;
  if (!continues(1) || !continues(2) || !continues(3)) return kInvalid;
  const char32_t c =
      (lead & 0x7) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  if (c < 0x10000 || c >= kCodePoints) return kInvalid;
  return {c, 4};
}

template <typename Sink>
void BertSplitter::Split(std::string_view text, Sink& sink) const {
  const char* const start = text.data();
  const char* const end = start + text.size();
  for (const char* p = start; p < end;) {
    const Decoded decoded = Decode(p, end);
    const std::uint32_t entry = Entry(decoded.c);
    const auto from = static_cast<std::size_t>(p - start);
    const std::size_t to = from + decoded.length;
    switch (KindOf(entry)) {
      case Kind::kWordCharacter:
        sink.Append(Payload(entry), from, to);
        break;
      case Kind::kSpace:
        sink.EndWord();
        break;
      case Kind::kSkipped:
      case Kind::kDropped:
        break;
      case Kind::kIsolated:
        sink.EndWord();
        sink.Append(Payload(entry), from, to);
        sink.EndWord();
        break;
      case Kind::kHangul: {
        const std::uint32_t syllable = Payload(entry);
        sink.Append(leading_codes_[syllable / 588], from, to);
        sink.Append(vowel_codes_[syllable % 588 / 28], from, to);
        if (syllable % 28 != 0) sink.Append(trailing_codes_[syllable % 28], from, to);
        break;
      }
      case Kind::kSpecial:
        p = SplitSpecial(p, end, start, sink);
        continue;
    }
    p += decoded.length;
  }
  sink.EndWord();
}

// From the special character at `p` to the first that is not special; marks in a row are put in
// canonical order, which decides their offsets. Returns where it stopped.
template <typename Sink>
const char* BertSplitter::SplitSpecial(const char* p, const char* end, const char* start,
                                       Sink& sink) const {
  MarkRun run;
  while (p < end) {
    const Decoded decoded = Decode(p, end);
    const Kind kind = KindOf(Entry(decoded.c));
    if (kind != Kind::kSpecial && kind != Kind::kSkipped) break;
    const auto from = static_cast<std::size_t>(p - start);
    if (kind == Kind::kSpecial) Decompose(decoded.c, {from, from + decoded.length}, run, sink);
    p += decoded.length;
  }
  Flush(run, sink);
  return p;
}

template <typename Sink>
void BertSplitter::Decompose(char32_t c, Range range, MarkRun& run, Sink& sink) const {
  if (!strips_accents_) {
    Emit(c, range, sink);
    return;
  }
  bool first = true;
  for (const char32_t part : unicode_.Decomposition(c)) {
    const std::uint8_t combining_class = unicode_.CombiningClass(part);
    if (combining_class != 0) {
      run.marks.push_back({part, combining_class, first});
      if (first) run.ranges.push_back(range);
    } else {
      Flush(run, sink);
      run.last = range;
      Emit(part, range, sink);
    }
    first = false;
  }
}

template <typename Sink>
void BertSplitter::Flush(MarkRun& run, Sink& sink) const {
  if (run.marks.empty()) return;
  SortCanonically(run.marks);
  auto next = run.ranges.begin();
  for (const Mark& mark : run.marks) {
    if (mark.first) run.last = *next++;
    Emit(mark.c, run.last, sink);
  }
  run.marks.clear();
  run.ranges.clear();
}

// The remaining work on a decomposed character: stripping, lower case, splitting.
template <typename Sink>
void BertSplitter::Emit(char32_t c, Range range, Sink& sink) const {
  if (strips_accents_ && (unicode_.Flags(c) & UnicodeTable::kNonspacingMark) != 0) return;
  const auto emit = [&](char32_t final_c) {
    const std::uint32_t entry = FinalEntry(final_c);
    if (KindOf(entry) != Kind::kWordCharacter) sink.EndWord();
    if (KindOf(entry) != Kind::kSpace) sink.Append(Payload(entry), range.begin, range.end);
    if (KindOf(entry) == Kind::kIsolated) sink.EndWord();
  };
  if (!options_.do_lower_case) {
    emit(c);
    return;
  }
  for (const char32_t lower : unicode_.Lowercase(c)) emit(lower);
}

}  // namespace electra
