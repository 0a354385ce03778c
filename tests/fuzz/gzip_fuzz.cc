// A corpus packed by gzip. The magic number precedes the input, so that each is unpacked.
#include "tests/fuzz/fuzz_corpus.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string packed = "\x1F\x8B\x08" + std::string(electra::AsText(data, size));
  electra::ReadCorpus(packed, {.on_invalid = electra::OnInvalidText::kReplace});
  return 0;
}
