#include "core/text/recognition.h"

#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <memory>

namespace electra {
namespace {

// Files that hold no plain text, by their first bytes.
struct OtherKind {
  std::string_view magic;
  std::string_view inside;  // of the first bytes as well; empty: anything
  std::string_view what;
};
constexpr OtherKind kOtherKinds[] = {
    {"PK\x03\x04", "xl/", "is an Excel workbook: save the sheet as CSV"},
    {"PK\x03\x04", "", "is a zip archive or an Office document: give the text in it"},
    {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "",
     "is a workbook or document of an old Office or of HWP: save it as CSV or as plain text"},
    {"%PDF-", "", "is a PDF: extract its text"},
    {"PAR1\x15", "", "is a Parquet file: write it as JSON Lines"},
};

}  // namespace

std::string_view OtherKindOf(std::string_view start) {
  for (const OtherKind& kind : kOtherKinds) {
    if (start.starts_with(kind.magic) && start.find(kind.inside) != std::string_view::npos) {
      return kind.what;
    }
  }
  return {};
}

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
