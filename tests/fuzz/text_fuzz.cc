// Text in any of the encodings that matter. The first byte chooses the encoding, the second what is
// done with invalid text.
#include <array>

#include "tests/fuzz/fuzz_corpus.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::array<const char*, 8> kEncodings = {
      "utf-8", "cp949", "euc-kr", "utf-16", "utf-32", "shift_jis", "gb18030", "iso-2022-kr"};
  if (size < 2) return 0;
  electra::ReadCorpus(electra::AsText(data + 2, size - 2),
                      {.encoding = kEncodings[data[0] % kEncodings.size()],
                       .on_invalid = static_cast<electra::OnInvalidText>(data[1] % 3)});
  return 0;
}
