#include "client/i18n/locale.h"

namespace electra::client {

Language LanguageFromEnvironment(
    const std::function<std::optional<std::string>(const std::string& name)>& variable) {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const std::optional<std::string> value = variable(name);
    if (!value || value->empty()) continue;
    const bool korean =
        value->rfind("ko", 0) == 0 && (value->size() == 2 || value->find_first_of("_.@-") == 2);
    return korean ? Language::kKorean : Language::kEnglish;
  }
  return Language::kEnglish;
}

}  // namespace electra::client
