#include "client/transfer/corpus_head.h"

#include <zlib.h>

#include "client/i18n/phrases.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::HasSubstr;

// The error for a file; empty: none.
std::string Said(const std::string& name, const std::string& content, const std::string& column,
                 const std::string& encoding = "") {
  const TemporaryFile file(name, content);
  return std::string(
      CheckCorpusHead({.path = file.path(), .column = column, .encoding = encoding}).message());
}

std::string Gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

TEST(CorpusHeadTest, AColumnThatIsThereIsFound) {
  const std::pair<const char*, std::string> files[] = {
      {"b.csv", "id,text\n1,a\n"},
      {"b.csv", "\xEF\xBB\xBFtext\r\na\r\n"},
      {"b.csv", "id;\"text\"\r\n1;a\r\n"},
      {"b.csv", "\"a \"\"b\"\", c\",text\n1,a\n"},
      {"b.csv", "\"first\nline\",text\n1,a\n"},
      {"b.CSV", "id\ttext\n1\ta\n"},
      {"b.tsv", "id\ttext\r\n1\ta\r\n"},
      {"b.csv", "text"},
      {"b.jsonl", "{\"id\": 1, \"text\": \"a\"}\n"},
      {"b.txt", "no table at all\n"},
      {"b.csv.gz", Gzip("id,text\n1,a\n")}};
  for (const auto& [name, content] : files) EXPECT_EQ(Said(name, content, "text"), "") << content;
}

TEST(CorpusHeadTest, DelimiterAndQuotingCount) {
  const TemporaryFile pipes("b.csv", "id,x|\"text\"\n1|a\n");
  UploadOptions upload{.path = pipes.path(), .column = "text", .delimiter = "|"};
  EXPECT_TRUE(CheckCorpusHead(upload).ok());
  upload.quoting = v1::QUOTING_NONE;
  EXPECT_THAT(std::string(CheckCorpusHead(upload).message()),
              HasSubstr("there is no column \"text\"; there are \"id,x\", \"\"text\"\""));
  upload.column = "\"text\"";
  EXPECT_TRUE(CheckCorpusHead(upload).ok());
}

TEST(CorpusHeadTest, AColumnThatIsNotThereIsRefusedInTheServersWords) {
  EXPECT_EQ(Said("b.csv", "id,sen\n1,a\n", "text"),
            "b.csv: there is no column \"text\"; there are \"id\", \"sen\"");
  EXPECT_EQ(Said("b.csv", "id;sen\n1;a\n", ""),
            "b.csv: name the column that holds the text; there are \"id\", \"sen\"");
  EXPECT_EQ(Said("b.tsv", "id\tsen\n", "text"),
            "b.tsv: there is no column \"text\"; there are \"id\", \"sen\"");
  EXPECT_EQ(Said("b.jsonl", "{\"id\": 1, \"sen\": \"a\"}\n", "text"),
            "b.jsonl: line 1 has no field \"text\"; there are \"id\", \"sen\"");
  EXPECT_EQ(Said("b.csv.gz", Gzip("id,sen\n1,a\n"), "text"),
            "b.csv.gz: there is no column \"text\"; there are \"id\", \"sen\"");
  const TemporaryFile file("b.csv", "id,sen\n");
  EXPECT_EQ(Bilingual(CheckCorpusHead({.path = file.path(), .column = "text"})).korean,
            "b.csv: \"text\" 열이 없습니다. 있는 열: \"id\", \"sen\"");
}

TEST(CorpusHeadTest, EncodingsThatTheSystemKnowsAreRead) {
  const std::string korean = "\xB9\xAE\xC0\xE5,id\n";  // 문장,id in cp949
  EXPECT_EQ(Said("b.csv", korean, "문장", "cp949"), "");
  EXPECT_EQ(Said("b.csv", korean, "문장", "EUC-KR"), "");
  EXPECT_THAT(Said("b.csv", korean, "text", "cp949"), HasSubstr("there are \"문장\", \"id\""));
  EXPECT_THAT(Said("b.csv", korean, "문장"), HasSubstr("line 1 is not UTF-8"));
  const std::string utf16("\xFF\xFEi\0d\0,\0t\0\n\0", 12);
  EXPECT_EQ(Said("b.csv", utf16, "t"), "");
  EXPECT_THAT(Said("b.csv", utf16, "x"), HasSubstr("there are \"id\", \"t\""));
}

TEST(CorpusHeadTest, OtherKindsOfFilesAreNoText) {
  EXPECT_EQ(Said("b.csv", "PK\x03\x04 xl/", "text"),
            "b.csv: is an Excel workbook: save the sheet as CSV");
  EXPECT_THAT(Said("b.txt", "%PDF-1.7", ""), HasSubstr("is a PDF"));
  EXPECT_THAT(Said("b.jsonl", "[\n{}]\n", "text"), HasSubstr("begins a JSON array"));
  EXPECT_THAT(Said("b.jsonl", "7\n", "text"), HasSubstr("is JSON, but not an object"));
}

// The server reads on, and reports errors.
TEST(CorpusHeadTest, WhatIsNotCertainIsForTheServer) {
  EXPECT_EQ(Said("b.csv", std::string(1 << 20, 'x'), "text"), "");
  EXPECT_EQ(Said("b.csv", "\"never closed,\n", "text"), "");
  EXPECT_EQ(Said("b.csv", "id,sen\n", "text", "no such encoding"), "");
  EXPECT_EQ(Said("b.jsonl", "{\"text\": \n", "text"), "");
  EXPECT_EQ(Said("b.csv", std::string("\x28\xB5\x2F\xFDid,sen\n"), "text"), "");
  EXPECT_EQ(Said("b.csv", "", "text"), "");
}

}  // namespace
}  // namespace electra::client
