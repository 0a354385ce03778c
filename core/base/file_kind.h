// Recognizes files that hold no plain text, whatever their names. Pure functions.
#pragma once

#include <string_view>

namespace electra {

// The kind of a workbook, an archive or a document, by its first bytes, and how to get its text.
// Empty for other files.
std::string_view OtherKindOf(std::string_view start);

}  // namespace electra
