// What a live page is told, as server-sent events.
//
//   while (sink.write(feed.Next())) {}
//
// Kinds: of what is shown, as the page's script has them; `lost` and `back` for the server; `refused`
// with a sentence.
//
// Not thread-safe: one thread asks.
#pragma once

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace electra::client {

class Feed {
 public:
  virtual ~Feed() = default;
  // Waits for news, two seconds and a call at most; without any it is a comment, which shows whether
  // somebody still listens.
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
