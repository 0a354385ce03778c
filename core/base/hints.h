// The end of an error about an unknown name: what was meant, what there is, or where it is listed.
//
//   NotFoundError("UNKNOWN_MODEL", "there is no model {model}: {hint}", Quoted(name),
//                 nearest ? DidYouMean(*nearest) : ListedBy("electra model list"));
//
// Pure functions.
#pragma once

#include <span>
#include <string_view>

#include "core/base/message.h"

namespace electra {

// "did you mean tiny?"
Message DidYouMean(std::string_view name);

// "use one of tiny, small"
Message UseOneOf(std::span<const std::string_view> names);

// "`electra model list` lists them"
Message ListedBy(std::string_view command);

}  // namespace electra
