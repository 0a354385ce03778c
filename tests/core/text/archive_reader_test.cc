// Corpora of several files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "core/text/corpus_reader.h"
#include "tests/core/text/test_files.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ArchiveReaderTest : public ::testing::Test {
 protected:
  // "FILE:LINE SAMPLE" of each; the error, where there is one, is the last.
  std::vector<std::string> Read(std::string_view archive, CorpusOptions options = {}) {
    options.display_name = "books";
    std::vector<std::string> samples;
    const auto reader = CorpusReader::Open(folder_.Write("books", archive), options);
    if (!reader.ok()) return {std::string(reader.status().message())};
    for (std::string sample;;) {
      const absl::StatusOr<bool> more = (*reader)->Next(&sample);
      counts_ = (*reader)->counts();
      if (!more.ok()) {
        samples.emplace_back(more.status().message());
        return samples;
      }
      if (!*more) break;
      samples.push_back(
          absl::StrCat(std::string((*reader)->file()), ":", (*reader)->line(), " ", sample));
    }
    EXPECT_EQ((*reader)->bytes_read(), (*reader)->file_size());
    return samples;
  }

  TestFolder folder_;
  CorpusCounts counts_;
};

TEST_F(ArchiveReaderTest, FilesStayApart) {
  EXPECT_THAT(Read(Tar({{"a.txt", "one\ntwo"}, {"b.txt", "\xEF\xBB\xBFthree\r\n\n"}})),
              ElementsAre("a.txt:1 one", "a.txt:2 two", "b.txt:1 three"));
  EXPECT_EQ(counts_.samples, 3);
  EXPECT_EQ(counts_.blank_samples, 1);
}

TEST_F(ArchiveReaderTest, EachHasACompressionAnEncodingAndAHeaderOfItsOwn) {
  CorpusOptions csv{.format = CorpusFormat::kCsv, .column = "sen"};
  EXPECT_THAT(
      Read(Tar({{"a.csv", "sen,n\none,1\n"},
                {"b.csv.gz", Gzip("n;sen\n2;\"two\nlines\"\n")},
                {"c.csv.zst", Zstd("sen\nthree\n")},
                {"d.csv", std::string("\xFF\xFEs\0e\0n\0\n\0x\0\n\0", 14)}}),
           csv),
      ElementsAre("a.csv:2 one", "b.csv.gz:2 two\nlines", "c.csv.zst:2 three", "d.csv:2 x"));
  EXPECT_EQ(counts_.multi_line_samples, 1);
  EXPECT_THAT(Read(Tar({{"a.csv", "sen\n\"one\n"}, {"b.csv", "sen\ntwo\"\n"}}), csv),
              ElementsAre(HasSubstr("books/a.csv: line 2: the quote opened here is never closed")));
  EXPECT_THAT(Read(Tar({{"a.csv", "sen\none\n"}, {"b.csv", "text\ntwo\n"}}), csv),
              ElementsAre("a.csv:2 one", HasSubstr("books/b.csv: there is no column \"sen\"")));
}

TEST_F(ArchiveReaderTest, WhatIsNoTextOfTheirsIsPassedOver) {
  EXPECT_THAT(Read(Tar({{"books", "", '5'},
                        {"pax", "30 path=books/a long name.txt\n", 'x'},
                        {"books/a.txt", "one\n"},
                        {"books/._a.txt", "junk\n"},
                        {"books/empty.txt", ""},
                        {"books/blank.txt", " \n"},
                        {"books/b.txt", "two\n"}})),
              ElementsAre("books/a.txt:1 one", "books/b.txt:1 two"));
  EXPECT_THAT(Read(Tar({{"././@LongLink", std::string(150, 'n') + std::string(1, '\0'), 'L'},
                        {std::string(100, 'n'), "one\n"},
                        {"b.txt", "two\n"}})),
              ElementsAre(std::string(150, 'n') + ":1 one", "b.txt:1 two"));
  EXPECT_THAT(Read(Tar({{"a.txt", " \n"}, {"b.txt", "\n"}})),
              ElementsAre(HasSubstr("books: no sample holds text (2 blank")));
  EXPECT_THAT(Read(Tar({{"books", "", '5'}})), ElementsAre(HasSubstr("holds no file")));
  EXPECT_THAT(Read(Tar({{"a.txt", "one\n"}, {"link", "", '2'}})),
              ElementsAre("a.txt:1 one", HasSubstr("books/link: is not a regular file")));
}

TEST_F(ArchiveReaderTest, DamageIsNoticedWhereverItIs) {
  const std::string archive = Tar({{"a.txt", "one\n"}, {"b.txt", "two\n"}});
  for (const size_t cut : {size_t{1024}, size_t{1500}, size_t{1537}, size_t{2048}}) {
    EXPECT_THAT(Read(archive.substr(0, cut)).back(),
                AllOf(HasSubstr("of the archive"), HasSubstr("the file ends too early")))
        << cut;
  }
  std::string damaged = archive;
  damaged[1024] = 'x';
  EXPECT_THAT(Read(damaged), ElementsAre("a.txt:1 one", HasSubstr("byte 1024 of the archive")));
  damaged = archive;
  damaged[0] = 'x';  // then it is not an archive
  EXPECT_THAT(Read(damaged).front(), Not(HasSubstr("a.txt")));
}

TEST_F(ArchiveReaderTest, FilesUnpackToABoundTogether) {
  const std::string packed = Gzip(std::string(1 << 20, '\n') + "text\n");
  CorpusOptions options{.unpack = {.max_bytes = (3 << 20) / 2, .ratio_from = 3 << 20}};
  EXPECT_THAT(Read(Tar({{"a.txt.gz", packed}}), options), ElementsAre(HasSubstr("text")));
  EXPECT_THAT(Read(Tar({{"a.txt.gz", packed}, {"b.txt.gz", packed}}), options).back(),
              HasSubstr("books/b.txt.gz: its "));
}

}  // namespace
}  // namespace electra
