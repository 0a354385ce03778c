// Why our own WordPiece: ids must be those of Hugging Face's fast tokenizer, which is a library in
// Rust; a binding to it would bring a second toolchain for one algorithm. Tokenizing is also the
// hot loop before training starts: a trie, no allocation for a word, and offsets only where they
// are asked for. tests/core/text/compare_tokenizers.py compares ids and offsets with the live
// `tokenizers`, and tests/bench/tokenizer_bench.py measures both in one run.
#include "core/text/tokenizer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "core/text/bert_splitter.h"
#include "core/text/wordpiece_trie.h"

namespace electra {
namespace {

constexpr std::size_t kUsualWord = 128;  // characters that need no allocation

struct ByteRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// Collects a word and hands its pieces to Output, or its whole as one unknown token. Output gets
// each character first, so that it can say where pieces come from.
template <typename Output>
class WordSink {
 public:
  WordSink(const WordpieceTrie& trie, std::int32_t unk, std::size_t max_characters, Output& output)
      : trie_(trie), unk_(unk), output_(output), codes_(max_characters) {}

  void Append(std::uint32_t code, std::size_t begin, std::size_t end) {
    if (size_ < codes_.size()) codes_[size_] = code;
    output_.Character(size_, begin, end);
    ++size_;
  }

  void EndWord() {
    if (size_ == 0) return;
    const std::size_t mark = output_.size();
    const bool matched = size_ <= codes_.size() &&
                         trie_.Match(std::span(codes_.data(), size_),
                                     [this](std::int32_t id, std::size_t first, std::size_t last) {
                                       output_.Piece(id, first, last);
                                     });
    if (!matched) {
      output_.Rewind(mark);
      output_.Whole(unk_);
    }
    size_ = 0;
  }

 private:
  const WordpieceTrie& trie_;
  const std::int32_t unk_;
  Output& output_;
  absl::InlinedVector<std::uint32_t, kUsualWord> codes_;
  std::size_t size_ = 0;  // characters of the word, even where codes_ has no room for them
};

class IdOutput {
 public:
  explicit IdOutput(std::vector<std::int32_t>* ids) : ids_(*ids) {}

  void Character(std::size_t, std::size_t, std::size_t) {}
  void Piece(std::int32_t id, std::size_t, std::size_t) { ids_.push_back(id); }
  void Whole(std::int32_t id) { ids_.push_back(id); }
  std::size_t size() const { return ids_.size(); }
  void Rewind(std::size_t size) { ids_.resize(size); }

 private:
  std::vector<std::int32_t>& ids_;
};

class SpanOutput {
 public:
  SpanOutput(std::size_t max_characters, std::vector<TokenSpan>* tokens)
      : ranges_(max_characters), tokens_(*tokens) {}

  void Character(std::size_t index, std::size_t begin, std::size_t end) {
    const ByteRange range{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
    if (index < ranges_.size()) ranges_[index] = range;
    last_end_ = range.end;
  }
  void Piece(std::int32_t id, std::size_t first, std::size_t last) {
    tokens_.push_back({.id = id, .begin = ranges_[first].begin, .end = ranges_[last - 1].end});
  }
  void Whole(std::int32_t id) {
    tokens_.push_back({.id = id, .begin = ranges_[0].begin, .end = last_end_});
  }
  std::size_t size() const { return tokens_.size(); }
  void Rewind(std::size_t size) { tokens_.resize(size); }

 private:
  absl::InlinedVector<ByteRange, kUsualWord> ranges_;
  std::uint32_t last_end_ = 0;
  std::vector<TokenSpan>& tokens_;
};

class UnknownOutput {
 public:
  UnknownOutput(std::size_t max_characters, std::vector<UnknownWord>* words)
      : max_characters_(max_characters), words_(*words) {}

  void Character(std::size_t index, std::size_t begin, std::size_t end) {
    if (index == 0) {
      EndWord();
      begin_ = begin;
    }
    end_ = end;
    characters_ = index + 1;
  }
  void Piece(std::int32_t, std::size_t, std::size_t) {}
  void Whole(std::int32_t) {
    words_.push_back({.begin = static_cast<std::uint32_t>(begin_),
                      .end = static_cast<std::uint32_t>(end_),
                      .is_too_long = characters_ > max_characters_});
  }
  std::size_t size() const { return 0; }
  void Rewind(std::size_t) {}

  // To be called after the last word.
  std::int64_t EndWord() {
    word_bytes_ += static_cast<std::int64_t>(end_ - begin_);
    begin_ = end_;
    return word_bytes_;
  }

 private:
  const std::size_t max_characters_;
  std::size_t begin_ = 0;  // of the word at hand
  std::size_t end_ = 0;
  std::size_t characters_ = 0;
  std::int64_t word_bytes_ = 0;
  std::vector<UnknownWord>& words_;
};

}  // namespace

class Tokenizer::Impl {
 public:
  Impl(const Vocabulary& vocabulary, const TokenizerOptions& options)
      : trie(vocabulary),
        splitter(options, [this](char32_t c) { return trie.Code(c); }),
        max_word_characters(
            static_cast<std::size_t>(std::clamp(options.max_word_characters, 1, 1 << 16))) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  template <typename Output>
  void Encode(std::string_view utf8, std::int32_t unk, Output& output) const {
    WordSink<Output> sink(trie, unk, max_word_characters, output);
    splitter.Split(utf8, sink);
  }

  const WordpieceTrie trie;
  const BertSplitter splitter;
  const std::size_t max_word_characters;
};

Tokenizer::Tokenizer(std::shared_ptr<const Vocabulary> vocabulary, TokenizerOptions options)
    : vocabulary_(std::move(vocabulary)),
      options_(options),
      impl_(std::make_unique<const Impl>(*vocabulary_, options)) {}

Tokenizer::~Tokenizer() = default;

void Tokenizer::Encode(std::string_view utf8, std::vector<std::int32_t>* ids) const {
  IdOutput output(ids);
  impl_->Encode(utf8, vocabulary_->special().unk, output);
}

void Tokenizer::EncodeWithSpans(std::string_view utf8, std::vector<TokenSpan>* tokens) const {
  SpanOutput output(impl_->max_word_characters, tokens);
  impl_->Encode(utf8, vocabulary_->special().unk, output);
}

std::int64_t Tokenizer::FindUnknownWords(std::string_view utf8,
                                         std::vector<UnknownWord>* words) const {
  UnknownOutput output(impl_->max_word_characters, words);
  impl_->Encode(utf8, vocabulary_->special().unk, output);
  return output.EndWord();
}

void ConvertToCharacterOffsets(std::string_view utf8, std::vector<TokenSpan>* tokens) {
  std::vector<std::uint32_t> characters_before(utf8.size() + 1, 0);
  std::uint32_t characters = 0;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if ((utf8[i] & 0xC0) != 0x80 && i > 0) ++characters;
    characters_before[i] = characters;
  }
  characters_before[utf8.size()] = utf8.empty() ? 0 : characters + 1;
  for (TokenSpan& token : *tokens) {
    token.begin = characters_before[token.begin];
    token.end = characters_before[token.end];
  }
}

}  // namespace electra
