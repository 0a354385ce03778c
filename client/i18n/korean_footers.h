// The Korean of what stands below a command's options: the prose of client/i18n/korean_help.h,
// which is whole paragraphs, and of those that show what is typed the heading and the comments.
//
// Thread safety: constants.
#pragma once

#include <span>
#include <string_view>

namespace electra::client {

struct FooterProse {
  std::string_view english;
  const char* korean;
};

std::span<const FooterProse> KoreanFooterProse();

}  // namespace electra::client
