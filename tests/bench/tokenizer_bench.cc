// Tokens a second of our tokenizer on one thread, and memory and time of preparing a corpus.
//
//   tokenizer_bench encode VOCAB SECONDS FILE ...   each line of the files is one text
//   tokenizer_bench prepare VOCAB FILE DIR          builds the token cache DIR of a .txt corpus
//   tokenizer_bench train SIZE FILE                 prints the vocabulary trained on the lines
//
// Prints one JSON object (train: the vocab.txt). tokenizer_bench.py runs it beside Hugging Face's
// tokenizers and prints both.
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/corpus_reader.h"
#include "core/text/token_cache_build.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"
#include "core/text/vocabulary_trainer.h"

namespace electra {
namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

std::vector<std::string> ReadLines(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::shared_ptr<const Vocabulary> ReadVocabulary(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  auto vocabulary = Vocabulary::Parse(bytes, path);
  if (!vocabulary.ok()) {
    std::cerr << vocabulary.status() << "\n";
    std::exit(1);
  }
  return std::make_shared<const Vocabulary>(*std::move(vocabulary));
}

int Encode(int argc, char** argv) {
  const Tokenizer tokenizer(ReadVocabulary(argv[2]), {});
  const double least = std::strtod(argv[3], nullptr);
  std::vector<std::string> lines;
  for (int i = 4; i < argc; ++i) {
    for (std::string& line : ReadLines(argv[i])) lines.push_back(std::move(line));
  }
  std::size_t bytes = 0;
  for (const std::string& line : lines) bytes += line.size();
  std::vector<std::int32_t> ids;
  std::size_t tokens = 0;
  int rounds = 0;
  const Clock::time_point start = Clock::now();
  double seconds = 0;
  do {
    for (const std::string& line : lines) {
      ids.clear();
      tokenizer.Encode(line, &ids);
      tokens += ids.size();
    }
    ++rounds;
    seconds = Seconds(start);
  } while (seconds < least);
  std::cout << "{\"texts\":" << lines.size()
            << ",\"tokens\":" << tokens / static_cast<std::size_t>(rounds)
            << ",\"tokens_per_second\":" << static_cast<double>(tokens) / seconds
            << ",\"bytes_per_second\":" << static_cast<double>(bytes) * rounds / seconds << "}\n";
  return 0;
}

int Prepare(char** argv) {
  const Tokenizer tokenizer(ReadVocabulary(argv[2]), {});
  const Clock::time_point start = Clock::now();
  auto reader = CorpusReader::Open(argv[3], {});
  if (!reader.ok()) {
    std::cerr << reader.status() << "\n";
    return 1;
  }
  std::int64_t reports = 0;
  const auto counts = BuildTokenCache(**reader, tokenizer, {.max_length = 128}, argv[4],
                                      [&](std::int64_t, std::int64_t) { return ++reports > 0; });
  if (!counts.ok()) {
    std::cerr << counts.status() << "\n";
    return 1;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::cout << "{\"bytes\":" << (*reader)->file_size() << ",\"samples\":" << counts->samples
            << ",\"sequences\":" << counts->sequences << ",\"tokens\":" << counts->tokens
            << ",\"progress_reports\":" << reports << ",\"seconds\":" << Seconds(start)
            << ",\"max_resident_mib\":" << usage.ru_maxrss / 1024 << "}\n";
  return 0;
}

int Train(char** argv) {
  VocabularyTrainer trainer({.vocab_size = static_cast<std::int32_t>(std::atoi(argv[2]))}, {});
  for (const std::string& line : ReadLines(argv[3])) trainer.Add(line);
  const auto vocabulary = trainer.Train();
  if (!vocabulary.ok()) {
    std::cerr << vocabulary.status() << "\n";
    return 1;
  }
  std::cout << vocabulary->ToText();
  return 0;
}

}  // namespace
}  // namespace electra

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "encode" && argc > 4) return electra::Encode(argc, argv);
  if (command == "prepare" && argc == 5) return electra::Prepare(argv);
  if (command == "train" && argc == 4) return electra::Train(argv);
  std::cerr << "usage: tokenizer_bench encode VOCAB SECONDS FILE ... | prepare VOCAB FILE DIR |\n"
               "       train SIZE FILE\n";
  return 2;
}
