// What files are that hold no plain text, whatever they are called. Pure functions.
#pragma once

#include <string_view>

namespace electra {

// What a workbook, an archive or a document is, by its first bytes, and what to do with it. Empty
// for all else.
std::string_view OtherKindOf(std::string_view start);

}  // namespace electra
