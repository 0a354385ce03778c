// A corpus of several files in a tar archive. The checksum of the first header is put right, which a
// fuzzer would not find.
#include <cstdio>
#include <string>

#include "tests/fuzz/fuzz_corpus.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string archive(electra::AsText(data, size));
  if (archive.size() >= 512) {
    archive.replace(148, 8, 8, ' ');
    unsigned sum = 0;
    for (size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(archive[i]);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%06o", sum & 0777777);
    archive.replace(148, 7, digits, 7);
  }
  electra::ReadCorpus(archive, {.on_invalid = electra::OnInvalidText::kReplace});
  return 0;
}
