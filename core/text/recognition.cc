#include "core/text/recognition.h"

#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <memory>

namespace electra {

bool ReadsAsKorean(std::string_view bytes) {
  constexpr std::size_t kMost = 512;
  const std::string_view line = bytes.substr(0, std::min(bytes.find('\n'), kMost));
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(
      ucnv_open(kKoreanTable, &error), &ucnv_close);
  if (U_FAILURE(error)) return false;
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  std::array<UChar, kMost> units;
  UChar* to = units.data();
  const char* from = line.data();
  // Without a flush: the last character may be cut.
  ucnv_toUnicode(converter.get(), &to, units.data() + units.size(), &from,
                 line.data() + line.size(), nullptr, static_cast<UBool>(false), &error);
  if (U_FAILURE(error)) return false;
  const auto others = std::count_if(units.data(), to, [](UChar unit) { return unit >= 0x80; });
  const auto syllables =
      std::count_if(units.data(), to, [](UChar unit) { return unit >= 0xAC00 && unit <= 0xD7A3; });
  return syllables > 0 && 4 * syllables >= 3 * others;
}

}  // namespace electra
