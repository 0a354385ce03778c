// The last row of a live view: the state of the connection, and how to leave.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "client/i18n/labels.h"
#include "client/text/styled_text.h"

namespace electra::client {

struct LostConnection {
  int64_t step = 0;             // the last that was seen; 0: none
  bool is_tried_again = false;  // at this moment
};

struct FooterOptions {
  int columns = 80;  // of the row
  ColorMode color = ColorMode::kOff;
  Language language = Language::kKorean;
};

std::string RenderFooter(const std::string& server, const std::optional<LostConnection>& lost,
                         const FooterOptions& options);

}  // namespace electra::client
