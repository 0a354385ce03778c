#include "core/base/file_kind.h"

namespace electra {

Message OtherKindOf(std::string_view start) {
  if (start.starts_with("PK\x03\x04")) {
    if (start.find("xl/") != std::string_view::npos) {
      return Message("EXCEL_WORKBOOK", "is an Excel workbook: save the sheet as CSV");
    }
    return Message("ZIP_ARCHIVE", "is a zip archive or an Office document: give the text in it");
  }
  if (start.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) {
    return Message("OLD_OFFICE_DOCUMENT",
                   "is a workbook or document of an old Office or of HWP: save it as CSV or as "
                   "plain text");
  }
  if (start.starts_with("%PDF-")) return Message("PDF", "is a PDF: extract its text");
  if (start.starts_with("PAR1\x15")) {
    return Message("PARQUET_FILE", "is a Parquet file: write it as JSON Lines");
  }
  return Message();
}

}  // namespace electra
