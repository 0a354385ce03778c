// The news for a live page, as server-sent events.
//
//   while (sink.write(feed.Next())) {}
//
// Kinds: the page's script names the ones with content; `lost` and `back` are about the server;
// `refused` has a sentence in each language.
//
// Not thread-safe: one thread calls it.
#pragma once

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace electra::client {

class Feed {
 public:
  virtual ~Feed() = default;
  // Waits for news, at most two seconds and a call; without any, returns an SSE comment, which
  // shows whether somebody still listens.
  virtual std::string Next() = 0;
};

inline constexpr char kNoNews[] = ":\n\n";

// `data`: JSON, which may have several lines.
inline std::string PageEvent(std::string_view kind, std::string_view data) {
  return absl::StrCat(
      "event: ", absl::string_view(kind.data(), kind.size()), "\ndata: ",
      absl::StrReplaceAll(absl::string_view(data.data(), data.size()), {{"\n", "\ndata: "}}),
      "\n\n");
}

}  // namespace electra::client
