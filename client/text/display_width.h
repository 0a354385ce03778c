// How many cells of a terminal a text takes.
//
// Hangul and Han take two cells, combining marks and format characters none, characters of
// ambiguous width one. A user-perceived character (grapheme cluster) is one unit: an emoji joined
// from several takes two cells, a Hangul syllable written in conjoining jamo takes two.
//
//   DisplayWidth("앱과 app")  // 8
//
// Expects text as Visible() returns it. Thread safety: pure functions.
#pragma once

#include <string_view>
#include <vector>

namespace electra::client {

struct Cluster {
  std::string_view bytes;  // into the text that was split
  int cells = 0;
};

// The grapheme clusters of `text` in order; their bytes joined are `text` again.
std::vector<Cluster> SplitClusters(std::string_view text);

int DisplayWidth(std::string_view text);

// The longest beginning of `text` of at most `cells` cells that ends between clusters.
std::string_view TruncateToWidth(std::string_view text, int cells);

}  // namespace electra::client
