#include "client/browser/refusal.h"

#include "client/rpc/failure.h"
#include "client/text/visible_text.h"
#include "client/views/page_fill.h"

namespace electra::client {

nlohmann::json Refusal(const grpc::Status& status, const Reach& reach) {
  nlohmann::json sentences;
  for (const Language language : {Language::kEnglish, Language::kKorean}) {
    sentences[LanguageCode(language)] = Visible(CallFailure(status, reach, language).sentence);
  }
  return sentences;
}

}  // namespace electra::client
