// Tokenizes lines for a comparison with other tokenizers:
//
//   tokenize_tool VOCAB LOWER STRIP CHINESE CLEAN < lines > tokens
//
// The four switches are 0 or 1; STRIP may be "default". Each line of standard input is one text in
// which \n, \r and \\ stand for line feed, carriage return and backslash. Each line of output holds
// its tokens as id:begin:end, offsets in characters, separated by spaces.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"

namespace {

std::string Unescape(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      text.push_back(line[i]);
      continue;
    }
    ++i;
    text.push_back(line[i] == 'n' ? '\n' : line[i] == 'r' ? '\r' : line[i]);
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv, argv + argc);
  if (arguments.size() != 6) {
    std::cerr << "usage: tokenize_tool VOCAB LOWER STRIP CHINESE CLEAN\n";
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string vocab_txt(std::istreambuf_iterator<char>(file), {});
  auto vocabulary = electra::Vocabulary::Parse(vocab_txt, arguments[1]);
  if (!vocabulary.ok()) {
    std::cerr << vocabulary.status() << "\n";
    return 1;
  }
  electra::TokenizerOptions options{.do_lower_case = arguments[2] == "1",
                                    .tokenize_chinese_chars = arguments[4] == "1",
                                    .clean_text = arguments[5] == "1"};
  if (arguments[3] != "default") options.strip_accents = arguments[3] == "1";
  const electra::Tokenizer tokenizer(
      std::make_shared<const electra::Vocabulary>(*std::move(vocabulary)), options);

  std::ios::sync_with_stdio(false);
  std::string line;
  std::string output;
  std::vector<electra::TokenSpan> tokens;
  std::vector<std::int32_t> ids;
  while (std::getline(std::cin, line)) {
    const std::string text = Unescape(line);
    tokens.clear();
    ids.clear();
    tokenizer.EncodeWithSpans(text, &tokens);
    tokenizer.Encode(text, &ids);
    electra::ConvertToCharacterOffsets(text, &tokens);
    output.clear();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens.size() != ids.size() || tokens[i].id != ids[i]) {
        std::cerr << "Encode and EncodeWithSpans differ on: " << line << "\n";
        return 1;
      }
      if (i > 0) output += ' ';
      output += std::to_string(tokens[i].id) + ':' + std::to_string(tokens[i].begin) + ':' +
                std::to_string(tokens[i].end);
    }
    output += '\n';
    std::cout << output;
  }
  return 0;
}
