// vocab.txt: what is accepted gives its bytes again, and each token its id.
#include "core/text/vocabulary.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(electra::AsText(data, size));
  // Few inputs keep the five tokens that a vocabulary must have: each is tried with them, too.
  for (const std::string& text : {input, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" + input}) {
    const auto vocabulary = electra::Vocabulary::Parse(text, "vocab.txt");
    if (!vocabulary.ok()) continue;
    electra::Require(vocabulary->ToText() == text);
    for (int32_t id = 0; id < vocabulary->size(); ++id) {
      const std::string& token = vocabulary->Token(id);
      const auto found = vocabulary->Find(token);
      electra::Require(token.empty() || (found && vocabulary->Token(*found) == token));
    }
  }
  return 0;
}
