// ko.po as msgfmt compiles it. The build writes the source.
#pragma once

#include <string_view>

namespace electra::client {

std::string_view KoreanBytes();

}  // namespace electra::client
