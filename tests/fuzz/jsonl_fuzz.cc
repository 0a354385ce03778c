// A jsonl corpus.
#include "tests/fuzz/fuzz_corpus.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  electra::ReadCorpus(electra::AsText(data, size),
                      {.format = electra::CorpusFormat::kJsonl, .column = "t"});
  return 0;
}
