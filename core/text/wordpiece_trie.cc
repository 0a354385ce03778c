#include "core/text/wordpiece_trie.h"

#include <bit>
#include <string>
#include <string_view>

#include "core/base/utf8.h"

namespace electra {

// States in the making: an edge leads from (state, code) to a state of its own; after that, states
// without edges are forgotten.
struct WordpieceTrie::Builder {
  static constexpr std::uint32_t kInitial = 0, kContinuationRoot = 1;

  struct State {
    std::int32_t id = kNoToken;
    bool has_edges = false;
  };

  std::uint32_t Follow(std::uint32_t state, std::uint32_t code) {
    const std::uint64_t key = std::uint64_t{state} << 32 | code;
    const auto [edge, inserted] = edges.try_emplace(key, static_cast<std::uint32_t>(states.size()));
    if (inserted) {
      states[state].has_edges = true;
      states.emplace_back();
    }
    return edge->second;
  }

  Node NodeOf(std::uint32_t state) const {
    return {.state = states[state].has_edges ? state : kNoState, .id = states[state].id};
  }

  std::vector<State> states{2};
  absl::flat_hash_map<std::uint64_t, std::uint32_t> edges;
};

WordpieceTrie::WordpieceTrie(const Vocabulary& vocabulary) {
  Builder builder;
  for (std::int32_t line = 0; line < vocabulary.size(); ++line) {
    std::string_view token = vocabulary.Token(line);
    const std::int32_t id = *vocabulary.Find(token);
    std::uint32_t state = Builder::kInitial;
    // '#' is always a word of its own, so that no word begins with ##.
    if (token.starts_with(kContinuation)) {
      token.remove_prefix(kContinuation.size());
      state = Builder::kContinuationRoot;
    }
    if (token.empty()) continue;
    for (const char32_t c : ToUtf32(token)) {
      const auto code = static_cast<std::uint32_t>(codes_.size() + 1);
      state = builder.Follow(state, codes_.try_emplace(c, code).first->second);
    }
    builder.states[state].id = id;
  }

  initial_.resize(codes_.size() + 1);
  continuation_.resize(codes_.size() + 1);
  const std::size_t size = std::bit_ceil(2 * builder.edges.size() + 2);
  slots_.resize(size);
  shift_ = 64 - std::countr_zero(size);
  for (const auto& [key, target] : builder.edges) {
    const auto state = static_cast<std::uint32_t>(key >> 32);
    const auto code = static_cast<std::uint32_t>(key);
    if (state == Builder::kInitial) {
      initial_[code] = builder.NodeOf(target);
    } else if (state == Builder::kContinuationRoot) {
      continuation_[code] = builder.NodeOf(target);
    } else {
      std::size_t i = Home(state, code);
      while (slots_[i].code != 0) i = (i + 1) & (size - 1);
      slots_[i] = {.state = state, .code = code, .target = builder.NodeOf(target)};
    }
  }
}

std::uint32_t WordpieceTrie::Code(char32_t c) const {
  const auto found = codes_.find(c);
  return found == codes_.end() ? 0 : found->second;
}

}  // namespace electra
