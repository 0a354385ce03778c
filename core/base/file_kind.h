// Recognizes files that hold no plain text, whatever their names. Pure functions.
#pragma once

#include <string_view>

#include "core/base/message.h"

namespace electra {

// The kind of a workbook, an archive or a document, by its first bytes, and how to get its text.
// Without a text for other files.
Message OtherKindOf(std::string_view start);

}  // namespace electra
