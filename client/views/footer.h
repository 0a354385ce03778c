// The last row of a live view: the state of the connection, and how to leave.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "client/i18n/labels.h"
#include "client/text/styled_text.h"

namespace electra::client {

struct LostConnection {
  absl::Time retry_at;
  int attempt = 0;  // the one at `retry_at`, from 1
};

struct FooterOptions {
  int columns = 80;  // of the row
  ColorMode color = ColorMode::kOff;
  Language language = Language::kKorean;
  absl::Time now;
};

std::string RenderFooter(const std::string& server, const std::optional<LostConnection>& lost,
                         const FooterOptions& options);

}  // namespace electra::client
