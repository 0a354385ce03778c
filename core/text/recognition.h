// Recognizes text that is not in its stated encoding (private to core/text). Pure functions.
#pragma once

#include <string_view>

namespace electra {

// ICU's name of Microsoft's code page 949.
inline constexpr const char* kKoreanTable = "windows-949-2000";

// Whether `bytes`, which begin where they cease to be UTF-8, are Korean text in Microsoft's 949:
// most of the characters that are not ASCII, up to the end of the line, are syllables.
bool ReadsAsKorean(std::string_view bytes);

}  // namespace electra
