// The Korean of the paragraphs that stand below a command's options: the prose of
// client/render/korean_help.h.
//
// Thread safety: constants.
#pragma once

#include <span>
#include <string_view>

namespace electra::client {

struct FooterParagraph {
  std::string_view english;
  const char* korean;
};

std::span<const FooterParagraph> KoreanFooterParagraphs();

}  // namespace electra::client
