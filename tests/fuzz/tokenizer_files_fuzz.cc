// The files of a tokenizer. The first byte says which of them the input is; the others are sound.
// The last is a tokenizer.json by itself, as a job brings it.
#include <array>
#include <filesystem>
#include <fstream>

#include "core/hub/tokenizer_files.h"
#include "core/hub/tokenizer_files_write.h"
#include "tests/fuzz/fuzz_file.h"
#include "tests/temporary_folder.h"

namespace electra {
namespace {

constexpr std::string_view kVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n";
constexpr std::array<std::string_view, 5> kNames = {"tokenizer.json", "tokenizer_config.json",
                                                    "special_tokens_map.json", "added_tokens.json",
                                                    "config.json"};

void WriteFile(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void ReadFiles(size_t which, std::string_view bytes) {
  static const TemporaryFolder folder;
  // tokenizer.json alone is the vocabulary; with vocab.txt beside it the two must agree.
  const bool alone = which >= kNames.size();
  const std::string_view name = alone ? kNames[0] : kNames[which];
  if (!alone) WriteFile(folder.path() / "vocab.txt", kVocabulary);
  WriteFile(folder.path() / name, bytes);
  const auto directory = ModelDirectory::Open(folder.path().string());
  Require(directory.ok());
  const auto files = ReadTokenizerFiles(*directory);
  if (files.ok()) static_cast<void>(TokenizerJson(files->vocabulary, files->options));
  std::filesystem::remove(folder.path() / name);
  std::filesystem::remove(folder.path() / "vocab.txt");
}

}  // namespace
}  // namespace electra

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = electra::AsText(data + 1, size - 1);
  const size_t which = data[0] % 7;
  if (which < 6) {
    electra::ReadFiles(which, bytes);
  } else if (electra::IsTokenizerJson(bytes)) {
    static_cast<void>(electra::ParseTokenizerJson(bytes, "tokenizer.json"));
  }
  return 0;
}
