// Text of a corpus, valid or not, through the tokenizer: spans lie within it and in order.
#include <memory>
#include <vector>

#include "core/text/tokenizer.h"
#include "tests/fuzz/fuzz_file.h"

namespace electra {
namespace {

std::unique_ptr<const Tokenizer> MakeTokenizer(bool lower) {
  auto vocabulary = Vocabulary::Parse(
      "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\nab\n한\n##국\n한국\né\n!\n中\n", "vocab.txt");
  Require(vocabulary.ok());
  return std::make_unique<const Tokenizer>(
      std::make_shared<const Vocabulary>(*std::move(vocabulary)),
      TokenizerOptions{.do_lower_case = lower});
}

}  // namespace
}  // namespace electra

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Made once: they hold tables of all of Unicode.
  static const auto cased = electra::MakeTokenizer(false);
  static const auto uncased = electra::MakeTokenizer(true);
  const std::string_view text = electra::AsText(data, size);
  for (const electra::Tokenizer* tokenizer : {cased.get(), uncased.get()}) {
    std::vector<electra::TokenSpan> spans;
    tokenizer->EncodeWithSpans(text, &spans);
    std::vector<int32_t> ids;
    tokenizer->Encode(text, &ids);
    electra::Require(ids.size() == spans.size());
    for (size_t i = 0; i < spans.size(); ++i) {
      electra::Require(spans[i].id == ids[i] && ids[i] >= 0 &&
                       ids[i] < tokenizer->vocabulary().size());
      electra::Require(spans[i].begin <= spans[i].end && spans[i].end <= text.size());
    }
  }
  return 0;
}
