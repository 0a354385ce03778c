#include "core/base/hints.h"

#include <string>

namespace electra {

Message DidYouMean(std::string_view name) {
  return Message("DID_YOU_MEAN", "did you mean {name}?", name);
}

Message UseOneOf(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) {
    if (!list.empty()) list += ", ";
    list += name;
  }
  return Message("USE_ONE_OF", "use one of {names}", list);
}

Message ListedBy(std::string_view command) {
  return Message("LISTED_BY", "`{command}` lists them", command);
}

}  // namespace electra
