#include "client/i18n/report_labels.h"

namespace electra::client {

const ReportLabels& ReportLabelsFor(Language language) {
  static const ReportLabels english = TranslatedTable(ReportLabels(), Language::kEnglish);
  static const ReportLabels korean = TranslatedTable(ReportLabels(), Language::kKorean);
  return language == Language::kKorean ? korean : english;
}

}  // namespace electra::client
