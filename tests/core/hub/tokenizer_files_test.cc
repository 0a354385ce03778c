#include "core/hub/tokenizer_files.h"

#include <nlohmann/json.hpp>

#include "core/hub/tokenizer_files_write.h"
#include "tests/core/hub/hub_test_util.h"

namespace electra {
namespace {

using absl::StatusCode;
using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;

constexpr char kTokenizerVocab[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n가\n";

class TokenizerFilesTest : public TempDirTest {
 protected:
  absl::StatusOr<TokenizerFiles> Read() {
    const auto directory = ModelDirectory::Open(dir_);
    return directory.ok() ? ReadTokenizerFiles(*directory) : directory.status();
  }

  // tokenizer.json of kTokenizerVocab, after `edit`.
  template <typename Edit>
  void WriteTokenizerJson(Edit edit) {
    const auto vocabulary = Vocabulary::Parse(kTokenizerVocab, "vocab.txt");
    json root = json::parse(TokenizerJson(*vocabulary, {}));
    edit(root);
    Write("tokenizer.json", root.dump());
  }

  void ExpectInvalid(std::string message) {
    EXPECT_THAT(Read(), Fails(StatusCode::kInvalidArgument, message));
  }
};

TEST_F(TokenizerFilesTest, VocabTxtAloneHasHuggingFacesDefaults) {
  Write("vocab.txt", kTokenizerVocab);
  const auto files = Read();
  ASSERT_THAT(files, Succeeds());
  EXPECT_EQ(files->vocabulary.size(), 8);
  EXPECT_TRUE(files->options.do_lower_case);
  EXPECT_EQ(files->options.strip_accents, std::nullopt);
  EXPECT_TRUE(files->options.tokenize_chinese_chars);
  EXPECT_THAT(TextsOf(files->notes), Contains(HasSubstr("do_lower_case is taken as true")));
}

TEST_F(TokenizerFilesTest, TokenizerConfigDecides) {
  Write("vocab.txt", kTokenizerVocab);
  WriteTokenizerJson([](json& root) {
    root["normalizer"]["lowercase"] = true;
    root["normalizer"]["clean_text"] = false;
    root["normalizer"]["handle_chinese_chars"] = false;
    root["model"]["max_input_chars_per_word"] = 50;
  });
  Write("tokenizer_config.json",
        R"({"do_lower_case": false, "strip_accents": true, "tokenizer_class": "BertTokenizerFast",
            "unk_token": {"content": "[UNK]"}})");
  const auto files = Read();
  ASSERT_THAT(files, Succeeds());
  EXPECT_FALSE(files->options.do_lower_case);
  EXPECT_EQ(files->options.strip_accents, true);
  EXPECT_FALSE(files->options.tokenize_chinese_chars);  // only tokenizer.json says it
  EXPECT_FALSE(files->options.clean_text);
  EXPECT_EQ(files->options.max_word_characters, 50);
}

TEST_F(TokenizerFilesTest, NullStripAccentsIsAValue) {
  Write("vocab.txt", kTokenizerVocab);
  WriteTokenizerJson([](json& root) { root["normalizer"]["strip_accents"] = true; });
  Write("tokenizer_config.json", R"({"do_lower_case": true, "strip_accents": null})");
  ASSERT_THAT(Read(), Succeeds());
  EXPECT_EQ(Read()->options.strip_accents, std::nullopt);
}

TEST_F(TokenizerFilesTest, TokenizerJsonAlone) {
  WriteTokenizerJson([](json& root) { root["model"]["vocab"]["##x"] = 10; });
  const auto files = Read();
  ASSERT_THAT(files, Succeeds());
  EXPECT_EQ(files->vocabulary.size(), 11);
  EXPECT_EQ(files->vocabulary.Find("가"), 7);
  EXPECT_EQ(files->vocabulary.Find("##x"), 10);
  EXPECT_EQ(files->vocabulary.Token(9), "");
  EXPECT_FALSE(files->options.do_lower_case);
  EXPECT_THAT(TextsOf(files->notes), Contains(HasSubstr("lines without a token")));
}

TEST_F(TokenizerFilesTest, RefusesOtherTokenizers) {
  WriteTokenizerJson([](json& root) { root["model"]["type"] = "BPE"; });
  ExpectInvalid("model is \"BPE\"; only WordPiece");
  WriteTokenizerJson([](json& root) { root["normalizer"]["type"] = "NFC"; });
  ExpectInvalid("normalizer is \"NFC\"; only BertNormalizer");
  WriteTokenizerJson([](json& root) { root["pre_tokenizer"] = nullptr; });
  ExpectInvalid("pre_tokenizer is null; only BertPreTokenizer");
  WriteTokenizerJson([](json& root) { root["model"]["unk_token"] = "<unk>"; });
  ExpectInvalid("model.unk_token is \"<unk>\"");
  WriteTokenizerJson([](json& root) { root["model"]["continuing_subword_prefix"] = ""; });
  ExpectInvalid("model.continuing_subword_prefix is \"\"");
  WriteTokenizerJson([](json& root) { root["model"]["max_input_chars_per_word"] = 0; });
  ExpectInvalid("max_input_chars_per_word is 0");
}

TEST_F(TokenizerFilesTest, RefusesHostileVocabularies) {
  WriteTokenizerJson([](json& root) { root["model"]["vocab"]["x"] = 7; });
  ExpectInvalid("have the same id, 7");
  WriteTokenizerJson([](json& root) { root["model"]["vocab"]["x"] = -1; });
  ExpectInvalid("token \"x\" has id -1");
  WriteTokenizerJson([](json& root) { root["model"]["vocab"]["x"] = 16'000'000; });
  ExpectInvalid("token \"x\" has id 16000000");
  WriteTokenizerJson([](json& root) { root["model"]["vocab"]["x"] = "7"; });
  ExpectInvalid("token \"x\" has id \"7\"");
  WriteTokenizerJson([](json& root) { root["model"]["vocab"] = json::array(); });
  ExpectInvalid("model.vocab is []");
  WriteTokenizerJson([](json& root) { root["model"]["vocab"].erase("[UNK]"); });
  ExpectInvalid("lacks [UNK]");
  Write("tokenizer.json", "{");
  ExpectInvalid("tokenizer.json: is not JSON");
}

TEST_F(TokenizerFilesTest, RefusesTwoVocabulariesThatDiffer) {
  Write("vocab.txt", kTokenizerVocab);
  WriteTokenizerJson([](json& root) {
    root["model"]["vocab"]["a"] = 6;
    root["model"]["vocab"]["##b"] = 5;
  });
  ExpectInvalid("has id 5, but id 6 in");
  WriteTokenizerJson([](json& root) { root["model"]["vocab"].erase("a"); });
  ExpectInvalid("lacks token \"a\"");
  WriteTokenizerJson([](json& root) { root["model"]["vocab"]["new"] = 8; });
  ExpectInvalid("token \"new\" has id 8, but none in");
}

TEST_F(TokenizerFilesTest, RefusesConfigsOfOtherTokenizers) {
  Write("vocab.txt", kTokenizerVocab);
  const auto config = [this](std::string_view text, std::string message) {
    Write("tokenizer_config.json", text);
    ExpectInvalid("tokenizer_config.json: " + message);
  };
  config(R"({"tokenizer_class": "BertJapaneseTokenizer"})", "tokenizer_class is \"BertJapanese");
  config(R"({"cls_token": "<s>"})", "cls_token is \"<s>\"");
  config(R"({"mask_token": {"content": "<mask>"}})", "mask_token is \"<mask>\"");
  config(R"({"do_lower_case": 1})", "do_lower_case is 1");
  config(R"({"do_lower_case": null})", "do_lower_case is null");
  config(R"({"wordpieces_prefix": "@@"})", "wordpieces_prefix is \"@@\"");
  config(R"({"added_tokens_decoder": {"9": {"content": "new"}}})", "added token \"new\" with id 9");
  config(R"({"added_tokens_decoder": {"9x": {"content": "a"}}})", "has an added token \"a\" with");
  Write("tokenizer_config.json", "{}");
  Write("special_tokens_map.json", R"({"sep_token": "</s>"})");
  ExpectInvalid("special_tokens_map.json: sep_token");
  Write("special_tokens_map.json", "{}");
  Write("added_tokens.json", R"({"<new>": 8})");
  ExpectInvalid("added_tokens.json: added token \"<new>\" with id 8");
}

// The answers of several versions (tests/golden/make_tokenizer_class_golden.py).
TEST_F(TokenizerFilesTest, TheClassIsTheOneThatAutoTokenizerTakes) {
  Write("vocab.txt", kTokenizerVocab);
  const json rows = json::parse(ReadFile(ELECTRA_TOKENIZER_CLASSES));
  ASSERT_GT(rows.size(), 10U);
  for (const json& row : rows) {
    for (const auto& [file, key] : {std::pair("tokenizer_config.json", "tokenizer_config"),
                                    std::pair("config.json", "config")}) {
      json content = json::object();
      if (row[key] != "absent") content["tokenizer_class"] = row[key];
      Write(file, content.dump());
    }
    ASSERT_GE(row["classes"].size(), 2U);
    for (const auto& [version, name] : row["classes"].items()) {
      const auto text = name.get<std::string>();
      const bool is_ours =
          text.starts_with("BertTokenizer") || text.starts_with("ElectraTokenizer");
      EXPECT_EQ(Read().ok(), is_ours) << version << ": " << row.dump() << "\n" << Read().status();
    }
  }
  Write("tokenizer_config.json", "{}");
  Write("config.json", R"({"tokenizer_class": "BertJapaneseTokenizer"})");
  ExpectInvalid("/config.json: tokenizer_class is \"BertJapaneseTokenizer\"; only");
}

TEST_F(TokenizerFilesTest, ATokenizerJsonByItselfSaysItsOptions) {
  const auto vocabulary = Vocabulary::Parse(kTokenizerVocab, "vocab.txt");
  const std::string text = TokenizerJson(
      *vocabulary,
      {.do_lower_case = true, .strip_accents = false, .tokenize_chinese_chars = false});
  EXPECT_TRUE(IsTokenizerJson(text));
  EXPECT_TRUE(IsTokenizerJson(" \n{ \"version\": 1"));
  for (const char* other : {"", "{", "{}", "{\n}\n", "[PAD]\n{\n\"\n"}) {
    EXPECT_FALSE(IsTokenizerJson(other)) << other;
  }
  const auto files = ParseTokenizerJson(text, "tokenizer.json");
  ASSERT_THAT(files, Succeeds());
  EXPECT_EQ(files->vocabulary.ToText(), kTokenizerVocab);
  EXPECT_TRUE(files->options.do_lower_case);
  EXPECT_EQ(files->options.strip_accents, false);
  EXPECT_FALSE(files->options.tokenize_chinese_chars);
  json root = json::parse(text);
  root["added_tokens"].push_back({{"content", "new"}, {"id", 9}});
  EXPECT_THAT(ParseTokenizerJson(root.dump(), "tokenizer.json"),
              Fails(StatusCode::kInvalidArgument, "tokenizer.json: added token \"new\" with id 9"));
  EXPECT_THAT(ParseTokenizerJson("{\"model\": 1}", "tokenizer.json"),
              Fails(StatusCode::kInvalidArgument, "tokenizer.json: normalizer is"));
}

TEST_F(TokenizerFilesTest, NotesAddedTokensInsideTheVocabulary) {
  Write("vocab.txt", kTokenizerVocab);
  Write("added_tokens.json", R"({"a": 5, "[MASK]": 4})");
  const auto files = Read();
  ASSERT_THAT(files, Succeeds());
  EXPECT_THAT(TextsOf(files->notes), Contains(HasSubstr("1 added tokens are matched as ordinary")));
}

TEST_F(TokenizerFilesTest, NamesAMissingVocabulary) {
  EXPECT_THAT(Read(), Fails(StatusCode::kNotFound, "neither vocab.txt nor tokenizer.json"));
}

TEST_F(TokenizerFilesTest, VocabTxtMustBeUtf8) {
  Write("vocab.txt", std::string(kTokenizerVocab) + "\xb0\xa1\n");  // CP949
  ExpectInvalid("vocab.txt: line 9, byte 1 is not UTF-8");
}

TEST_F(TokenizerFilesTest, WhatIsWrittenIsReadBack) {
  // A token twice, an empty line, a quote and specials in another order.
  const std::string vocab = "a\n[SEP]\n[CLS]\n\n\"\\\n[UNK]\na\n[PAD]\n[MASK]\n##가\n";
  const auto vocabulary = Vocabulary::Parse(vocab, "vocab.txt");
  ASSERT_THAT(vocabulary, Succeeds());
  const TokenizerOptions options = {.do_lower_case = false,
                                    .strip_accents = true,
                                    .tokenize_chinese_chars = false,
                                    .clean_text = false,
                                    .max_word_characters = 77};
  ASSERT_THAT(WriteTokenizerFiles(dir_, *vocabulary, options, 128), Succeeds());
  EXPECT_EQ(ReadFile(Path("vocab.txt")), vocab);
  for (const char* removed : {"none", "vocab.txt", "tokenizer_config.json"}) {
    std::filesystem::remove(Path(removed));
    const auto files = Read();
    ASSERT_THAT(files, Succeeds());
    EXPECT_EQ(files->options.do_lower_case, false);
    EXPECT_EQ(files->options.strip_accents, true);
    EXPECT_EQ(files->options.tokenize_chinese_chars, false);
    EXPECT_EQ(files->options.clean_text, false);
    EXPECT_EQ(files->options.max_word_characters, 77);
    EXPECT_EQ(files->vocabulary.size(), 10);
    EXPECT_EQ(files->vocabulary.special(), vocabulary->special());
    EXPECT_EQ(files->vocabulary.Find("a"), 6);
    EXPECT_EQ(files->vocabulary.Find("\"\\"), 4);
  }
}

}  // namespace
}  // namespace electra
