#include "client/i18n/labels.h"

namespace electra::client {

const Labels& LabelsFor(Language language) {
  static const Labels english = TranslatedTable(Labels(), Language::kEnglish);
  static const Labels korean = TranslatedTable(Labels(), Language::kKorean);
  return language == Language::kKorean ? korean : english;
}

}  // namespace electra::client
