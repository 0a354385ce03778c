#include "server/store/sentences.h"

#include <string_view>

#include "absl/strings/str_cat.h"

namespace electra::server {
namespace {

void AppendToken(bool space, bool changed, std::string_view text, std::string* sentence) {
  if (space && !sentence->empty()) sentence->push_back(' ');
  absl::StrAppend(sentence, changed ? "(" : "", std::string(text), changed ? ")" : "");
}

std::string_view WithoutContinuation(std::string_view token) {
  return token.size() > 2 && token.starts_with("##") ? token.substr(2) : token;
}

}  // namespace

Sentences MakeSentences(const v1::Sample& sample) {
  Sentences sentences;
  for (const v1::SampleToken& token : sample.tokens()) {
    const bool special = token.text().empty();  // [CLS] and [SEP]
    const bool changed = token.original() != token.fake();
    if (special && !changed) continue;
    AppendToken(token.space_before(), changed, token.text(), &sentences.original);
    AppendToken(token.space_before(), changed,
                changed ? WithoutContinuation(token.fake()) : token.text(), &sentences.fake);
  }
  return sentences;
}

}  // namespace electra::server
