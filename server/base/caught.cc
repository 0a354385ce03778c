#include "server/base/caught.h"

#include <exception>
#include <new>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/log.h"

namespace electra::server {

absl::Status Caught(const std::function<absl::Status()>& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("the daemon ran out of memory for this");
  } catch (const std::exception& error) {
    Log(LogLevel::kError, "exception", {{"error", error.what()}});
    return absl::InternalError(absl::StrCat("the daemon failed: ", error.what()));
  }
}

}  // namespace electra::server
