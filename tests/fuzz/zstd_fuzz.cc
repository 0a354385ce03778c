// A corpus packed by zstd. The magic number precedes the input, so that each is unpacked.
#include "tests/fuzz/fuzz_corpus.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string packed = "\x28\xB5\x2F\xFD" + std::string(electra::AsText(data, size));
  electra::ReadCorpus(packed, {.on_invalid = electra::OnInvalidText::kReplace});
  return 0;
}
