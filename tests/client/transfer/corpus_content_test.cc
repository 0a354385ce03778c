#include "client/transfer/corpus_content.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "client/i18n/phrases.h"
#include "client/transfer/corpus_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace electra::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CorpusContentTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& content) {
    const std::filesystem::path path = folder_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }

  absl::StatusOr<CorpusFiles> Find(v1::CorpusFormat format = v1::CORPUS_FORMAT_UNSPECIFIED) {
    return FindCorpusFiles(folder_.path().string(), format);
  }

  static std::vector<std::string> Names(const CorpusFiles& found) {
    std::vector<std::string> names;
    for (const CorpusFile& file : found.files) names.push_back(file.name);
    return names;
  }

  TemporaryFolder folder_;
};

TEST_F(CorpusContentTest, AFolderIsItsFilesOfOneKind) {
  Write("b.txt", "b");
  Write("a/c.TXT.gz", "c");
  Write("README.md", "no corpus");
  Write(".hidden.txt", "h");
  Write(".git/x.txt", "x");
  const absl::StatusOr<CorpusFiles> found = Find();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->format, v1::TEXT);
  EXPECT_THAT(Names(*found), ElementsAre("a/c.TXT.gz", "b.txt"));
  EXPECT_THAT(found->left_out, ElementsAre("README.md"));
  Write("d.csv", "d");
  EXPECT_THAT(std::string(Find().status().message()),
              HasSubstr("files of several kinds, such as a/c.TXT.gz and d.csv"));
  const absl::StatusOr<CorpusFiles> tables = Find(v1::CSV);
  ASSERT_TRUE(tables.ok()) << tables.status();
  EXPECT_THAT(Names(*tables), ElementsAre("d.csv"));
  EXPECT_THAT(std::string(Find(v1::JSONL).status().message()), HasSubstr("has no file that ends"));
}

TEST_F(CorpusContentTest, ADatasetIsItsFilesInOrder) {
  Write("b.arrow", "");
  Write("a.arrow", "");
  Write("dataset_info.json", "{}");
  Write("state.json", R"({"_data_files": [{"filename": "b.arrow"}, {"filename": "a.arrow"}]})");
  const absl::StatusOr<CorpusFiles> found = Find();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->is_columnar);
  EXPECT_THAT(Names(*found), ElementsAre("b.arrow", "a.arrow"));
  Write("state.json", R"({"_data_files": [{"filename": "../a.arrow"}]})");
  EXPECT_THAT(std::string(Find().status().message()), HasSubstr("../a.arrow is not in it"));
  Write("dataset_dict.json", R"({"splits": ["train", "test"]})");
  EXPECT_THAT(std::string(Find().status().message()), HasSubstr("one of train, test"));
}

// Wherever reading begins and ends.
TEST_F(CorpusContentTest, AnArchiveIsReadInAnyPieces) {
  Write("a.txt", std::string(700, 'a'));
  Write("empty.txt", "");
  Write(std::string(120, 'n') + ".txt", "n");
  absl::StatusOr<CorpusFiles> found = Find();
  ASSERT_TRUE(found.ok()) << found.status();
  UploadOptions upload{.path = folder_.path().string()};
  upload.files = found->files;
  absl::StatusOr<CorpusContent> content = CorpusContent::Open(upload);
  ASSERT_TRUE(content.ok()) << content.status();
  // Headers and contents in blocks of 512 bytes, a long name as a file of its own, and the end.
  EXPECT_EQ(content->size(), 512 * ((1 + 2) + 1 + (2 + 1 + 1) + 2));
  const auto whole_size = static_cast<size_t>(content->size());
  std::string whole(whole_size, '?');
  ASSERT_EQ(content->ReadAt(0, whole.data(), whole_size + 1).value_or(0), whole_size);
  EXPECT_EQ(whole.substr(512, 700), std::string(700, 'a'));
  for (const size_t step : {1, 511, 512, 513, 1000}) {
    std::string pieces;
    for (std::string piece(step, '\0'); pieces.size() < whole_size;) {
      const auto count = content->ReadAt(static_cast<int64_t>(pieces.size()), piece.data(), step);
      ASSERT_TRUE(count.ok() && *count > 0) << count.status();
      pieces.append(piece, 0, *count);
    }
    EXPECT_EQ(pieces, whole) << step;
  }
  EXPECT_TRUE(content->IsAtEnd().value_or(false));
}

TEST_F(CorpusContentTest, AFileThatChangesIsNoticed) {
  Write("a.txt", "one");
  absl::StatusOr<CorpusFiles> found = Find();
  ASSERT_TRUE(found.ok()) << found.status();
  UploadOptions upload{.path = folder_.path().string()};
  upload.files = found->files;
  absl::StatusOr<CorpusContent> content = CorpusContent::Open(upload);
  Write("a.txt", "longer");
  std::string bytes(2000, '\0');
  EXPECT_THAT(std::string(content->ReadAt(0, bytes.data(), bytes.size()).status().message()),
              HasSubstr("a.txt"));
}

}  // namespace
}  // namespace electra::client
