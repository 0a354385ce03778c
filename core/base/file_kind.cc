#include "core/base/file_kind.h"

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

}  // namespace electra
