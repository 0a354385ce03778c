// A jsonl corpus, with each of the ways to deal with invalid text.
#include "tests/fuzz/fuzz_corpus.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using electra::OnInvalidText;
  for (const auto on_invalid :
       {OnInvalidText::kRefuse, OnInvalidText::kReplace, OnInvalidText::kSkip}) {
    electra::ReadCorpus(
        electra::AsText(data, size),
        {.format = electra::CorpusFormat::kJsonl, .column = "t", .on_invalid = on_invalid});
  }
  return 0;
}
