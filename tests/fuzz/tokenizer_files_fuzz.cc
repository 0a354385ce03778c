// The files of a tokenizer. The first byte says which of them the input is; the others are sound.
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
constexpr std::array<std::string_view, 4> kNames = {"tokenizer.json", "tokenizer_config.json",
                                                    "special_tokens_map.json", "added_tokens.json"};

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
  electra::ReadFiles(data[0] % 5, electra::AsText(data + 1, size - 1));
  return 0;
}
