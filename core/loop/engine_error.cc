#include "core/loop/engine_error.h"

#include <string_view>

#include "core/base/message.h"

namespace electra {

std::string EngineReason(const std::exception& error) {
  std::string_view what = error.what();
  what = what.substr(0, what.find("\nException raised from"));
  return std::string(what.substr(0, what.find("\nC++ CapturedTraceback")));
}

absl::Status EngineError(const std::exception& error) {
  return InternalError("ENGINE_FAILED", "{reason}", EngineReason(error));
}

}  // namespace electra
