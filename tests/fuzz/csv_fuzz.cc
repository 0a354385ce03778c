// A csv or tsv corpus. The first byte chooses which, what is done with invalid text, and what quotes
// mean.
#include "tests/fuzz/fuzz_corpus.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  electra::ReadCorpus(
      electra::AsText(data + 1, size - 1),
      {.format = data[0] % 2 == 0 ? electra::CorpusFormat::kCsv : electra::CorpusFormat::kTsv,
       .column = "t",
       .on_invalid = static_cast<electra::OnInvalidText>(data[0] / 2 % 3),
       .quoting = static_cast<electra::Quoting>(data[0] / 6 % 3)});
  return 0;
}
