// Recognizes files that are not the text that they are said to be (private to core/text). Pure
// functions.
#pragma once

#include <string_view>

namespace electra {

// ICU's name of Microsoft's code page 949.
inline constexpr const char* kKoreanTable = "windows-949-2000";

// What a workbook, an archive or a document is, by its first bytes, and what to do with it. Empty
// for all else.
std::string_view OtherKindOf(std::string_view start);

// Whether `bytes`, which begin where they cease to be UTF-8, are Korean text in Microsoft's 949:
// most of what is not ASCII up to the end of the line are syllables.
bool ReadsAsKorean(std::string_view bytes);

}  // namespace electra
