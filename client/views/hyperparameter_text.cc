#include "client/views/hyperparameter_text.h"

#include "client/i18n/server_message.h"

namespace electra::client {

std::string HyperparameterMeaning(const v1::Hyperparameter& one, Language language) {
  return FixedText(one.description(), language);
}

std::string HyperparameterRange(const v1::Hyperparameter& one, Language language) {
  return InLanguage(ServerMessage(one.accepted(), one.accepted_code()), language);
}

}  // namespace electra::client
