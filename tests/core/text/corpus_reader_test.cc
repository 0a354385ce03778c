#include "core/text/corpus_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/utf8.h"
#include "core/text/corpus_format.h"
#include "tests/core/text/test_files.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

struct Result {
  std::vector<std::string> samples;
  std::vector<std::int64_t> lines;
  absl::Status status;
  CorpusCounts counts;
};

Result ReadAll(const std::filesystem::path& path, CorpusOptions options) {
  Result result;
  if (options.display_name.empty()) options.display_name = "corpus";
  auto reader = CorpusReader::Open(path, options);
  if (!reader.ok()) return {.samples = {}, .lines = {}, .status = reader.status(), .counts = {}};
  std::string sample;
  while (true) {
    const absl::StatusOr<bool> more = (*reader)->Next(&sample);
    result.status = more.status();
    if (!more.ok() || !*more) break;
    result.samples.push_back(sample);
    result.lines.push_back((*reader)->line());
  }
  result.counts = (*reader)->counts();
  if (result.status.ok()) {
    EXPECT_EQ((*reader)->bytes_read(), (*reader)->file_size());
  }
  return result;
}

class CorpusReaderTest : public ::testing::Test {
 protected:
  Result Read(std::string_view bytes, const CorpusOptions& options = {}) {
    return ReadAll(folder_.Write("corpus", bytes), options);
  }
  std::string Error(std::string_view bytes, const CorpusOptions& options = {}) {
    const Result result = Read(bytes, options);
    EXPECT_TRUE(absl::IsInvalidArgument(result.status)) << result.status;
    return std::string(result.status.message());
  }

  TestFolder folder_;
};

const CorpusOptions kCsv{.format = CorpusFormat::kCsv, .column = "sen"};
const CorpusOptions kTsv{.format = CorpusFormat::kTsv, .column = "sen"};
const CorpusOptions kJsonl{.format = CorpusFormat::kJsonl, .column = "text"};

TEST(CorpusFormatTest, IsFoundByTheEnding) {
  EXPECT_EQ(CorpusFormatFromFileName("a.txt"), CorpusFormat::kText);
  EXPECT_EQ(CorpusFormatFromFileName("a.b.CSV"), CorpusFormat::kCsv);
  EXPECT_EQ(CorpusFormatFromFileName("a.tsv.gz"), CorpusFormat::kTsv);
  EXPECT_EQ(CorpusFormatFromFileName("a.ndjson.zst"), CorpusFormat::kJsonl);
  EXPECT_EQ(CorpusFormatFromFileName("a.jsonl"), CorpusFormat::kJsonl);
  for (const char* name : {"", "txt", "a.json", "a.gz", "a.txt.bz2", "a.txt.gz.gz"}) {
    EXPECT_EQ(CorpusFormatFromFileName(name), std::nullopt) << name;
  }
  EXPECT_THAT(OtherFormatAdvice("books.XLSX")->text(), HasSubstr("save the sheet as CSV"));
  EXPECT_THAT(OtherFormatAdvice("a.json")->text(), HasSubstr(".jsonl"));
  EXPECT_FALSE(OtherFormatAdvice("a.docx").has_value());
}

TEST_F(CorpusReaderTest, TextGivesASampleALine) {
  const Result result = Read("하나\r\n\n  \t\n둘\n셋");
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_THAT(result.samples, ElementsAre("하나", "둘", "셋"));
  EXPECT_THAT(result.lines, ElementsAre(1, 4, 5));
  EXPECT_EQ(result.counts.samples, 3);
  EXPECT_EQ(result.counts.blank_samples, 2);
}

TEST_F(CorpusReaderTest, CsvFollowsRfc4180) {
  const Result result = Read(
      ",sen,n\r\n0,plain,1\r\n1,\"a, \"\"b\"\"\nc\",2\r\n2,,3\n3,5\" disk,4\n\n4,\"last\",5", kCsv);
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_THAT(result.samples, ElementsAre("plain", "a, \"b\"\nc", "5\" disk", "last"));
  EXPECT_THAT(result.lines, ElementsAre(2, 3, 6, 8));
  EXPECT_EQ(result.counts.blank_samples, 2);
}

TEST_F(CorpusReaderTest, TsvIsSeparatedByTabs) {
  const Result result = Read("id\tsen\n1\ta,b\n2\t\"c\td\"\n", kTsv);
  EXPECT_THAT(result.samples, ElementsAre("a,b", "c\td"));
}

// As in sentiment corpora, written without quoting.
TEST_F(CorpusReaderTest, AStrayQuoteInATsvIsText) {
  const Result result = Read(
      "id\tsen\tn\n1\tone\t1\n2\t\"opens\t0\n3\tthree\t1\n4\tcloses\"\t0\n5\t\"a\" b\t1\n"
      "6\t\"\t0\n7\tlast\t1",
      kTsv);
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_THAT(result.samples,
              ElementsAre("one", "\"opens", "three", "closes\"", "\"a\" b", "\"", "last"));
  EXPECT_THAT(result.lines, ElementsAre(2, 3, 4, 5, 6, 7, 8));
  // In the last column as well, before a blank line, another quote, and the end.
  EXPECT_THAT(Read("id\tsen\n1\t\"a\n\n2\tb\"\n3\t\"c\n4\t\"d\n", kTsv).samples,
              ElementsAre("\"a", "b\"", "\"c", "\"d"));
  EXPECT_THAT(Read("sen\n\"a\nb\"\n\"c\"\n", kTsv).samples, ElementsAre("\"a", "b\"", "c"));
  EXPECT_THAT(Read("\"id\tsen\n1\ta\n", kTsv).samples, ElementsAre("a"));
}

// As Excel saves "Unicode text", and pandas quoted fields.
TEST_F(CorpusReaderTest, AQuotedFieldOfATsvHoldsQuotesTabsAndLineEnds) {
  const Result excel = Read("id\tsen\r\n1\t\"a\nb\"\r\n2\t\"c \"\"d\"\" e\"\r\n3\tf\r\n", kTsv);
  EXPECT_TRUE(excel.status.ok()) << excel.status;
  EXPECT_THAT(excel.samples, ElementsAre("a\nb", "c \"d\" e", "f"));
  EXPECT_THAT(excel.lines, ElementsAre(2, 4, 5));
  EXPECT_THAT(Read("sen\tid\n\"a\n\nb\tc\"\t1\nd\t2\n\"e\"\t3\n", kTsv).samples,
              ElementsAre("a\n\nb\tc", "d", "e"));
  EXPECT_THAT(Read("\"i\nd\"\tsen\n1\ta\n", kTsv).samples, ElementsAre("a"));
}

TEST_F(CorpusReaderTest, ARowOfATsvThatFitsNeitherWayIsRefused) {
  EXPECT_THAT(Error("id\tsen\n1\ta\n2\tb\tc\n", kTsv),
              HasSubstr("line 3 has 3 columns, the first line names 2; a field that holds a tab"));
  EXPECT_THAT(Error("sen\tid\n\"a\nb\" c\t1\n", kTsv), HasSubstr("line 2 has 1 columns"));
  EXPECT_THAT(Error("sen\tid\n\"a\n", kTsv), HasSubstr("line 2 has 1 columns"));
  EXPECT_THAT(Error("id\tx\n", kTsv), HasSubstr("there is no column \"sen\"; there are \"id\""));
}

TEST_F(CorpusReaderTest, QuotedRecordsOfATsvAreTheSameWhereverChunksEnd) {
  std::string tsv = "n\tsen\n";
  std::vector<std::string> expected;
  for (int i = 0; i < 20000; ++i) {
    const std::string text = absl::StrCat("가", std::string(static_cast<std::size_t>(i % 13), 'x'));
    expected.push_back(i % 3 == 0 ? absl::StrCat(text, "\r\n", i) : absl::StrCat("\"", text));
    absl::StrAppend(&tsv, i, "\t\"", i % 3 == 0 ? expected.back() + "\"" : text, "\r\n");
  }
  const Result result = Read(tsv, kTsv);
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.samples, expected);
}

TEST_F(CorpusReaderTest, ALongTsvRecordIsNoReasonToReadOn) {
  CorpusOptions options = kTsv;
  options.max_sample_bytes = 1000;
  const std::string rows = "2\tb\n3\tc\n";
  EXPECT_THAT(Read("id\tsen\n1\t\"" + std::string(900, 'a') + "\n" + rows, options).samples.size(),
              3U);
  EXPECT_THAT(Error("id\tsen\n1\t" + std::string(1000, 'a') + "\n", options),
              HasSubstr("line 2 is longer than 1000 bytes"));
  EXPECT_THAT(Error("id\tsen\n1\t\"a\n" + std::string(999, 'b') + "\"\n", options),
              HasSubstr("line 3 has 1 columns"));
}

TEST_F(CorpusReaderTest, TheFirstLineOfACsvSaysWhatSeparates) {
  EXPECT_THAT(Read("id;sen\n1;a, b\n2;\"c;d\"\n", kCsv).samples, ElementsAre("a, b", "c;d"));
  EXPECT_THAT(Read("id\tsen\n1\ta, b\n2\t\"c\n", kCsv).samples, ElementsAre("a, b", "\"c"));
  EXPECT_THAT(Read("sen,a;b;c\nx,1\n", kCsv).samples, ElementsAre("x"));
  EXPECT_THAT(Read("\"a;b\",sen\n1,x\n", kCsv).samples, ElementsAre("x"));
  CorpusOptions odd = kCsv;
  odd.column = "a;b";
  EXPECT_THAT(Read("a;b\nx;y\n", odd).samples, ElementsAre("x;y"));
  EXPECT_THAT(Error("id;text\n1;a\n", kCsv), HasSubstr("there are \"id\", \"text\""));
}

TEST_F(CorpusReaderTest, CsvErrorsNameLineAndColumns) {
  EXPECT_THAT(Error(",id,문장\n1,2,3\n", kCsv),
              AllOf(HasSubstr("corpus: there is no column \"sen\""),
                    HasSubstr("there are (unnamed), \"id\", \"문장\"")));
  EXPECT_THAT(Error("id,x\n", {.format = CorpusFormat::kCsv}),
              HasSubstr("name the column that holds the text; there are \"id\", \"x\""));
  EXPECT_THAT(Error("sen,sen\na,b\n", kCsv), HasSubstr("occurs twice"));
  // A column's name is quoted up to 100 bytes, between two characters.
  std::string name;
  for (int i = 0; i < 40; ++i) name += "가";
  EXPECT_EQ(FindInvalidUtf8(Error(name + "\na\n", kCsv)), std::nullopt);
  EXPECT_THAT(
      Error("sen,n\na,1\n\"b\nb\",1,2\n", kCsv),
      HasSubstr("line 3: the quote opened here closes in line 4, and the row has 3 columns, "
                "the first line names 2; with --quoting none quotes are text"));
  EXPECT_THAT(Error("sen,n\na,1\nb\n", kCsv), HasSubstr("line 3 has 1 columns"));
  EXPECT_THAT(Error("sen\na\n\"b\nc\n", kCsv), HasSubstr("line 3: the quote opened here"));
  EXPECT_THAT(Error("sen\n\"a\"b\n", kCsv),
              HasSubstr("line 2: the quote opened here closes in line 2 with text after it"));
  EXPECT_THAT(Error("sen,n\n\"a\nb\" c,1\n", kCsv),
              AllOf(HasSubstr("line 2: the quote opened here closes in line 3"),
                    HasSubstr("with --quoting none quotes are text")));
  EXPECT_THAT(Error(std::string(20000, ',') + "\n", kCsv), HasSubstr("more than 10000 columns"));
}

TEST_F(CorpusReaderTest, AnyAsciiCharacterSeparates) {
  for (const CorpusFormat format : {CorpusFormat::kCsv, CorpusFormat::kTsv}) {
    for (const char* delimiter : {"|", ";", ":", "\x1F", "a", "\t"}) {
      CorpusOptions options{.format = format, .column = "sen", .delimiter = delimiter};
      const std::string text =
          absl::StrCat("id", delimiter, "sen\n1", delimiter, "\"x", delimiter, "y\"\n");
      EXPECT_THAT(Read(text, options).samples, ElementsAre(absl::StrCat("x", delimiter, "y")));
      options.quoting = Quoting::kNone;
      EXPECT_THAT(Error(text, options),
                  HasSubstr("line 2 has 3 columns, the first line names 2; with --quoting none"));
    }
  }
  // The look of the first line does not matter then.
  EXPECT_THAT(
      Read("a,b|sen\n1,2|x\n", {.format = CorpusFormat::kCsv, .column = "sen", .delimiter = "|"})
          .samples,
      ElementsAre("x"));
  for (const char* delimiter : {"\"", "\n", "||", "가", "\xFF"}) {
    EXPECT_THAT(
        Error("sen\nx\n", {.format = CorpusFormat::kCsv, .column = "sen", .delimiter = delimiter}),
        HasSubstr("--delimiter is"));
  }
  EXPECT_THAT(Error("x\n", {.delimiter = ";"}),
              HasSubstr("--delimiter and --quoting are for .csv and .tsv, not for .txt"));
}

TEST_F(CorpusReaderTest, WithoutQuotingAQuoteIsText) {
  CorpusOptions options{.format = CorpusFormat::kTsv, .column = "sen", .quoting = Quoting::kNone};
  const Result tabs = Read("id\tsen\r\n1\t\"a\"\r\n2\t\"b\r\n\r\n3\tc\"\r\n", options);
  EXPECT_TRUE(tabs.status.ok()) << tabs.status;
  EXPECT_THAT(tabs.samples, ElementsAre("\"a\"", "\"b", "c\""));
  EXPECT_THAT(tabs.lines, ElementsAre(2, 3, 5));
  EXPECT_EQ(tabs.counts.multi_line_samples, 0);
  options.format = CorpusFormat::kCsv;
  options.delimiter = ",";
  EXPECT_THAT(Read("sen,\"n\"\n5\" disk,1\n\"x,2\n", options).samples,
              ElementsAre("5\" disk", "\"x"));
  EXPECT_THAT(Error("\"sen\"\nx\n", options), HasSubstr("there is no column \"sen\""));
  options.quoting = Quoting::kCsv;
  options.delimiter = "\t";
  EXPECT_THAT(Error("id\tsen\n1\t\"b\n2\tc\n", options),
              HasSubstr("line 2: the quote opened here is never closed; with --quoting none"));
}

// Both formats count them, so that nobody silently takes a swallowed passage for one text.
TEST_F(CorpusReaderTest, QuotesOverLinesAreCounted) {
  const Result csv = Read("sen,n\n\"a\nb\",1\nc,2\n\"d\n\n\ne\",3\n\"f\ng\",4\n", kCsv);
  EXPECT_EQ(csv.counts.multi_line_samples, 3);
  EXPECT_EQ(csv.counts.longest_quote_begin, 5);
  EXPECT_EQ(csv.counts.longest_quote_end, 8);
  const Result tsv = Read("sen\tn\n\"a\nb\"\t1\nc\t2\n\"d\n\ne\"\t3\n",
                          {.format = CorpusFormat::kTsv, .column = "sen"});
  EXPECT_THAT(tsv.samples, ElementsAre("a\nb", "c", "d\n\ne"));
  EXPECT_EQ(tsv.counts.multi_line_samples, 2);
  EXPECT_EQ(tsv.counts.longest_quote_begin, 5);
  EXPECT_EQ(tsv.counts.longest_quote_end, 7);
  EXPECT_EQ(Read("sen,n\n\"a\",1\n", kCsv).counts.multi_line_samples, 0);
  CorpusOptions short_records = kCsv;
  short_records.max_sample_bytes = 100;
  EXPECT_THAT(Error("sen\na\n\"b" + std::string(200, 'x'), short_records),
              HasSubstr("line 3: the quote opened here is not closed within 100 bytes"));
}

TEST_F(CorpusReaderTest, JsonlReadsAField) {
  const Result result = Read(
      "{\"text\":\"하나\"}\n\n{\"a\":{\"text\":\"no\"},\"text\":\"\\ub450\"}\r\n{\"text\":null}\n",
      kJsonl);
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_THAT(result.samples, ElementsAre("하나", "두"));
  EXPECT_EQ(result.counts.blank_samples, 2);
}

TEST_F(CorpusReaderTest, JsonlErrorsNameLineAndFields) {
  EXPECT_THAT(Error("{\"text\":\"a\"}\n{\"b\":1,\"c\":2}\n", kJsonl),
              HasSubstr("line 2 has no field \"text\"; there are \"b\", \"c\""));
  EXPECT_THAT(Error("{\"b\":1}\n", {.format = CorpusFormat::kJsonl}),
              HasSubstr("name the field that holds the text; there are \"b\""));
  EXPECT_THAT(Error("{\"text\":\"a\"}\n[1]\n", kJsonl),
              HasSubstr("line 2 is JSON, but not an object"));
  EXPECT_THAT(Error("{\"text\":3}\n", kJsonl),
              HasSubstr("line 1: the field \"text\" holds no string"));
  EXPECT_THAT(Error("{\"text\":\"a\"\n", kJsonl), HasSubstr("line 1 is not JSON"));
}

TEST_F(CorpusReaderTest, HalvesOfSurrogatePairsAreInvalidTextOfTheirFieldAlone) {
  const std::string text =
      "{\"text\":\"a\"}\n{\"text\":\"b \\ud83d\"}\n{\"text\":\"\\ud83d\\ude00\"}\n"
      "{\"text\":\"d\",\"note\":\"\\udc00\"}\n";
  EXPECT_THAT(Error(text, kJsonl),
              HasSubstr("line 2: the field \"text\" holds \\ud83d, half of a surrogate pair"));
  CorpusOptions options = kJsonl;
  options.on_invalid = OnInvalidText::kReplace;
  const Result replaced = Read(text, options);
  EXPECT_THAT(replaced.samples, ElementsAre("a", "b \uFFFD", "😀", "d"));
  EXPECT_EQ(replaced.counts.replaced_samples, 1);
  options.on_invalid = OnInvalidText::kSkip;
  const Result skipped = Read(text, options);
  EXPECT_THAT(skipped.samples, ElementsAre("a", "😀", "d"));
  EXPECT_EQ(skipped.counts.skipped_samples, 1);
}

TEST_F(CorpusReaderTest, AJsonArrayIsNamedHoweverLongItIs) {
  CorpusOptions options = kJsonl;
  options.max_sample_bytes = 100;
  EXPECT_THAT(Error("[{\"text\":\"a\"}]", options), HasSubstr("begins a JSON array"));
  EXPECT_THAT(Error("[\n{\"text\":\"a\"}\n]", options), HasSubstr("begins a JSON array"));
  EXPECT_THAT(Error(" [" + std::string(1000, ' '), options), HasSubstr("jq -c '.[]'"));
}

TEST_F(CorpusReaderTest, FilesOfOtherKindsAreNamed) {
  using std::string_view_literals::operator""sv;
  EXPECT_THAT(Error("PK\x03\x04\x14\0[Content_Types].xml\xFF\0PK xl/workbook.xml"sv, kCsv),
              HasSubstr("corpus: is an Excel workbook: save the sheet as CSV"));
  EXPECT_THAT(Error("PK\x03\x04\x14\0books.txt"sv), HasSubstr("is a zip archive"));
  EXPECT_THAT(Error("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0"sv), HasSubstr("old Office"));
  EXPECT_THAT(Error("%PDF-1.7\n"), HasSubstr("is a PDF"));
  EXPECT_THAT(Error(Gzip("PAR1\x15")), HasSubstr("is a Parquet file"));
}

TEST_F(CorpusReaderTest, KoreanTextInItsOldEncodingIsRecognised) {
  // "한글 문장" and "뷁" in Microsoft's 949, then a character cut short.
  EXPECT_THAT(Error("\xC7\xD1\xB1\xDB \xB9\xAE\xC0\xE5\n"),
              HasSubstr("line 1, byte 1: not UTF-8 (0xc7); it reads as Korean in cp949, so give "
                        "--encoding cp949, or have"));
  EXPECT_THAT(Error("id,sen\n1,ab \x94\xEE \xC7\xD1\xB1", kCsv), HasSubstr("--encoding cp949"));
  // Not so for a line that began as UTF-8, for Latin-1 and for noise.
  EXPECT_THAT(Error("가 \xC7\xD1\xB1\xDB\n"), HasSubstr("give the right encoding"));
  EXPECT_THAT(Error("caf\xE9 na\xEFve\n"), HasSubstr("give the right encoding"));
  EXPECT_THAT(Error("a\xFF\xFE\n"), HasSubstr("give the right encoding"));
}

TEST_F(CorpusReaderTest, ACorpusWithoutTextIsRefused) {
  EXPECT_THAT(Error(""), HasSubstr("the corpus is empty"));
  EXPECT_THAT(Error("\n \n\xE3\x80\x80\n"), HasSubstr("no sample holds text (3 blank"));
  EXPECT_THAT(Error("sen\n", kCsv), HasSubstr("no sample holds text"));
}

TEST_F(CorpusReaderTest, InvalidUtf8IsRefusedWithLineAndByte) {
  EXPECT_THAT(Error("가나\nab\xFF\n"), HasSubstr("corpus: line 2, byte 3: not UTF-8 (0xff)"));
  EXPECT_THAT(Error("x\n가\xEA\xB0"), HasSubstr("line 2, byte 4: not UTF-8 (0xea 0xb0)"));
  // After the first chunks, and across the end of one.
  std::string text;
  for (int i = 0; i < 30000; ++i) text += "안녕하세요\n";
  EXPECT_THAT(Error(text + "ab\xED\xA0\x80"), HasSubstr("line 30001, byte 3: not UTF-8 (0xed)"));
  for (std::size_t shift = 0; shift < 4; ++shift) {
    EXPECT_TRUE(Read(std::string(shift, 'x') + text).status.ok());
  }
}

TEST_F(CorpusReaderTest, InvalidTextIsReplacedOrSkipped) {
  const std::string text =
      "ok\na\xFF"
      "b\xEA\xB0\nend\n";
  const Result replaced = Read(text, {.on_invalid = OnInvalidText::kReplace});
  EXPECT_THAT(replaced.samples, ElementsAre("ok",
                                            "a\xEF\xBF\xBD"
                                            "b\xEF\xBF\xBD",
                                            "end"));
  EXPECT_EQ(replaced.counts.replaced_samples, 1);
  const Result skipped = Read(text, {.on_invalid = OnInvalidText::kSkip});
  EXPECT_THAT(skipped.samples, ElementsAre("ok", "end"));
  EXPECT_EQ(skipped.counts.skipped_samples, 1);
  // A genuine U+FFFD is text.
  EXPECT_THAT(Read("\xEF\xBF\xBDx", {.on_invalid = OnInvalidText::kSkip}).samples,
              ElementsAre("\xEF\xBF\xBDx"));
}

TEST_F(CorpusReaderTest, KoreanCodePages) {
  // "한글 뷁\\" in Microsoft's 949; the last syllable is not in KS X 1001.
  const std::string_view text = "\xC7\xD1\xB1\xDB \x94\xEE\\\n";
  for (const char* encoding : {"cp949", "CP949", "euc-kr", "ms949", "uhc", "EUC_KR"}) {
    const Result result = Read(text, {.encoding = encoding});
    EXPECT_TRUE(result.status.ok()) << result.status;
    EXPECT_THAT(result.samples, ElementsAre("한글 뷁\\")) << encoding;
  }
  EXPECT_THAT(Error("\xC7\xD1\n\xC7\xD1\xFF\xFF\n", {.encoding = "cp949"}),
              HasSubstr("line 2, byte 3: not cp949 (0xff"));
  EXPECT_THAT(Error("\xC7\xD1\xC7\x20\n", {.encoding = "cp949"}),
              HasSubstr("line 1, byte 3: not cp949 (0xc7"));
  EXPECT_THAT(
      Read("\xC7\xD1\n\xFF\n", {.encoding = "cp949", .on_invalid = OnInvalidText::kSkip}).samples,
      ElementsAre("한"));
  EXPECT_THAT(Error("\xC7\xD1\xB1", {.encoding = "cp949"}), HasSubstr("line 1, byte 3"));
}

TEST_F(CorpusReaderTest, ByteOrderMarksGoBeforeTheEncoding) {
  using std::string_view_literals::operator""sv;
  EXPECT_THAT(Read("\xEF\xBB\xBFsen\nx\n", kCsv).samples, ElementsAre("x"));
  EXPECT_THAT(Read("\xEF\xBB\xBF"
                   "가",
                   {.encoding = "cp949"})
                  .samples,
              ElementsAre("가"));
  EXPECT_THAT(Read("\xFF\xFE\x00\xAC\n\0\x3D\xD8\x00\xDE"sv).samples, ElementsAre("가", "😀"));
  EXPECT_THAT(Read("\xFE\xFF\xAC\x00\0\n\0x"sv).samples, ElementsAre("가", "x"));
  EXPECT_THAT(Read("\xFF\xFE\0\0\x00\xAC\0\0"sv).samples, ElementsAre("가"));
}

TEST_F(CorpusReaderTest, Utf16WithoutAMark) {
  using std::string_view_literals::operator""sv;
  const std::string_view little =
      "a\0b\0\n\0\x00\xAC"
      " \0"sv;
  EXPECT_THAT(Read(little, {.encoding = "utf-16le"}).samples, ElementsAre("ab", "가 "));
  EXPECT_THAT(Read(little, {.encoding = "utf-16"}).samples, ElementsAre("ab", "가 "));
  EXPECT_THAT(Error(little), HasSubstr("seems to be UTF-16"));
  EXPECT_THAT(Error("a\0\n\0\x00\xDC"sv, {.encoding = "utf-16le"}), HasSubstr("line 2, byte 1"));
}

TEST_F(CorpusReaderTest, UnknownEncodingsAreRefused) {
  for (const char* encoding : {"klingon", "utf-8/../x", "a b\n"}) {
    EXPECT_THAT(Error("x", {.encoding = encoding}), HasSubstr("unknown encoding")) << encoding;
  }
}

TEST_F(CorpusReaderTest, NulIsDropped) {
  EXPECT_THAT(Read(std::string("ab\0c and more text\n\0\n", 20)).samples,
              ElementsAre("abc and more text"));
}

TEST_F(CorpusReaderTest, UnpacksByTheFirstBytes) {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += absl::StrCat("문장 ", i, "\n");
  const Result plain = Read(text);
  ASSERT_EQ(plain.samples.size(), 50000U);
  for (const std::string& packed :
       {Gzip(text), Zstd(text), Gzip(text.substr(0, 1000)) + Gzip(text.substr(1000)),
        Zstd(text.substr(0, 1000)) + Zstd(text.substr(1000))}) {
    const Result result = Read(packed);
    EXPECT_TRUE(result.status.ok()) << result.status;
    EXPECT_EQ(result.samples, plain.samples);
  }
}

TEST_F(CorpusReaderTest, ArchivesThatUnpackWithoutBoundAreRefused) {
  std::string text;
  while (text.size() < (std::size_t{4} << 20)) text += "같은 줄\n";
  for (const std::string& packed : {Gzip(text), Zstd(text)}) {
    const auto status = [&](const UnpackLimits& limits) {
      return Read(packed, {.unpack = limits}).status;
    };
    const auto size = static_cast<std::int64_t>(text.size());
    EXPECT_TRUE(status({}).ok());
    EXPECT_TRUE(status({.max_bytes = size}).ok());
    EXPECT_TRUE(absl::IsResourceExhausted(status({.max_bytes = size - 1})));
    EXPECT_TRUE(absl::IsResourceExhausted(status({.ratio_from = 1 << 20})));
    EXPECT_TRUE(status({.max_ratio = 1'000'000, .ratio_from = 1 << 20}).ok());
    EXPECT_THAT(std::string(status({.max_bytes = 1000}).message()),
                HasSubstr("unpack to more than 1000, the most"));
  }
  // A file that is not packed is bounded by its own size.
  EXPECT_TRUE(Read(text, {.unpack = {.max_bytes = 10}}).status.ok());
}

TEST_F(CorpusReaderTest, DamagedArchivesAreDataLoss) {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += absl::StrCat("문장 ", i * 7919, "\n");
  for (const std::string& packed : {Gzip(text), Zstd(text)}) {
    const Result cut = Read(packed.substr(0, packed.size() / 2));
    EXPECT_TRUE(absl::IsDataLoss(cut.status)) << cut.status;
    EXPECT_THAT(std::string(cut.status.message()), HasSubstr("ends too early"));
    std::string changed = packed;
    for (std::size_t i = 100; i < 140; ++i) changed[i] = static_cast<char>(~changed[i]);
    EXPECT_FALSE(Read(changed).status.ok());
  }
}

TEST_F(CorpusReaderTest, LongSamplesAreRefusedWithTheirLine) {
  CorpusOptions options{.max_sample_bytes = 100000};
  const std::string fits(100000, 'x');
  EXPECT_TRUE(Read("a\n" + fits + "\nb", options).status.ok());
  EXPECT_THAT(Error("a\n" + fits + "x\nb", options), HasSubstr("line 2 is longer than 100000"));
  // 64 MiB of it in a few kilobytes.
  EXPECT_THAT(Error(Gzip("a\n" + std::string(std::size_t{64} << 20, 'x')), options),
              HasSubstr("line 2 is longer than 100000"));
  // The rest of it is not read first.
  auto reader =
      CorpusReader::Open(folder_.Write("corpus", std::string(std::size_t{4} << 20, 'x')), options);
  ASSERT_TRUE(reader.ok());
  std::string sample;
  EXPECT_TRUE(absl::IsInvalidArgument((*reader)->Next(&sample).status()));
  EXPECT_LT((*reader)->bytes_read(), 1 << 20);
  options.format = CorpusFormat::kCsv;
  options.column = "sen";
  EXPECT_THAT(Error("sen\na\n\"" + fits + "\n" + fits, options),
              HasSubstr("line 3: the quote opened here is not closed within 100000 bytes"));
  EXPECT_THAT(Error("sen,n\na,1\n" + fits + "," + fits + "\n", options),
              HasSubstr("line 3: a record of more than 100000 bytes"));
}

TEST_F(CorpusReaderTest, ErrorsHaveCodesAndValues) {
  const Message column =
      MessageOf(Read("id,text\n1,a\n", {.format = CorpusFormat::kCsv, .column = "sen"}).status);
  EXPECT_EQ(column.code(), "UNKNOWN_COLUMN");
  EXPECT_THAT(column.args(), UnorderedElementsAre(Pair("at", "corpus"), Pair("column", "sen"),
                                                  Pair("columns", "\"id\", \"text\"")));

  const Message json = MessageOf(
      Read("{\"text\":\"a\"}\n{\"text\"\n", {.format = CorpusFormat::kJsonl, .column = "text"})
          .status);
  EXPECT_EQ(json.code(), "BAD_JSON_LINE");
  EXPECT_EQ(json.args().at("line"), "2");
  EXPECT_EQ(json.Inner("problem").code(), "LINE_NOT_JSON");

  const Message quote =
      MessageOf(Read("sen\n\"a\"b\n", {.format = CorpusFormat::kCsv, .column = "sen"}).status);
  EXPECT_EQ(quote.code(), "TEXT_AFTER_QUOTE");
  EXPECT_EQ(quote.args().at("at"), "corpus");

  const std::string packed = Gzip("a\nb\nc\n");
  const Message cut = MessageOf(Read(packed.substr(0, packed.size() - 4)).status);
  EXPECT_EQ(cut.code(), "PACKED_DATA_DAMAGED");
  EXPECT_EQ(cut.Inner("problem").code(), "FILE_ENDS_TOO_EARLY");
}

TEST_F(CorpusReaderTest, FilesThatAreNone) {
  EXPECT_TRUE(absl::IsNotFound(ReadAll(folder_.path() / "none", {}).status));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadAll(folder_.path(), {}).status));
  EXPECT_THAT(Error("x", {.column = "sen"}), HasSubstr("has no column \"sen\""));
}

TEST_F(CorpusReaderTest, RecordsAreTheSameWhereverChunksEnd) {
  std::string csv = "sen,n\n";
  std::vector<std::string> expected;
  for (int i = 0; i < 20000; ++i) {
    const std::string text =
        absl::StrCat("가\"", std::string(static_cast<std::size_t>(i % 13), 'x'), ",\r\n", i);
    expected.push_back(text);
    std::string quoted = text;
    quoted.replace(quoted.find('"'), 1, "\"\"");
    absl::StrAppend(&csv, "\"", quoted, "\",", i, "\r\n");
  }
  const Result result = Read(csv, kCsv);
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.samples, expected);
}

}  // namespace
}  // namespace electra
