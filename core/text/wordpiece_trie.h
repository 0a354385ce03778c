// The tokens of a vocabulary as a trie over characters, for the longest match (private to
// core/text). Characters go by a dense code, so that the first character of a piece costs one
// array access; what follows costs one probe of an open hash table a character.
//
// Immutable after construction; any number of threads may use one at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/text/vocabulary.h"

namespace electra {

class WordpieceTrie {
 public:
  explicit WordpieceTrie(const Vocabulary& vocabulary);

  // 0 for a character that is in no token.
  std::uint32_t Code(char32_t c) const;

  // Cuts the word into the longest pieces from the left and calls emit(id, first, last) with the
  // range of characters of each. False, maybe after some calls, when a part of it is in no token.
  // kInside: the word has begun before.
  enum class Place { kStart, kInside };
  template <typename Emit>
  bool Match(std::span<const std::uint32_t> word, Emit emit, Place place = Place::kStart) const;

 private:
  static constexpr std::int32_t kNoToken = -1;
  static constexpr std::uint32_t kNoState = 0;

  struct Node {
    std::uint32_t state = kNoState;  // kNoState: nothing follows
    std::int32_t id = kNoToken;
  };
  struct Slot {
    std::uint32_t state = kNoState;
    std::uint32_t code = 0;  // 0: the slot is free, since no edge has code 0
    Node target;
  };
  struct Builder;

  std::size_t Home(std::uint32_t state, std::uint32_t code) const {
    const std::uint64_t key = std::uint64_t{state} << 32 | code;
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> shift_);
  }
  const Node* Next(std::uint32_t state, std::uint32_t code) const;

  absl::flat_hash_map<char32_t, std::uint32_t> codes_;
  std::vector<Node> initial_;       // first character of a word, by code
  std::vector<Node> continuation_;  // first character after ##, by code
  std::vector<Slot> slots_;         // a power of two, at most half full
  int shift_ = 0;                   // 64 - log2(slots)
};

inline const WordpieceTrie::Node* WordpieceTrie::Next(std::uint32_t state,
                                                      std::uint32_t code) const {
  for (std::size_t i = Home(state, code);; i = (i + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[i];
    if (slot.state == state && slot.code == code) return &slot.target;
    if (slot.code == 0) return nullptr;
  }
}

template <typename Emit>
bool WordpieceTrie::Match(std::span<const std::uint32_t> word, Emit emit, Place place) const {
  const std::vector<Node>* root = place == Place::kStart ? &initial_ : &continuation_;
  for (std::size_t first = 0; first < word.size();) {
    const Node* node = &(*root)[word[first]];
    std::int32_t id = node->id;
    std::size_t end = first + 1;
    for (std::size_t next = first + 1; next < word.size() && node->state != kNoState;) {
      // A character that no token holds would be taken for a free slot.
      if (word[next] == 0) break;
      node = Next(node->state, word[next]);
      if (node == nullptr) break;
      ++next;
      if (node->id != kNoToken) {
        id = node->id;
        end = next;
      }
    }
    if (id == kNoToken) return false;
    emit(id, first, end);
    first = end;
    root = &continuation_;
  }
  return true;
}

}  // namespace electra
