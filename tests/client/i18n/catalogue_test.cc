#include "client/i18n/catalogue.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "client/i18n/labels.h"
#include "client/i18n/phrases.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

void Put(uint32_t number, std::string* bytes) {
  for (int i = 0; i < 4; ++i) bytes->push_back(static_cast<char>(number >> 8 * i));
}

// A .mo file of these entries, which are sorted by key.
std::string MoOf(const std::vector<std::pair<std::string, std::string>>& entries) {
  const auto count = static_cast<uint32_t>(entries.size());
  std::string tables;
  std::string strings;
  const uint32_t first_string = 28 + 16 * count;
  const auto put = [&](const std::string& text) {
    Put(static_cast<uint32_t>(text.size()), &tables);
    Put(first_string + static_cast<uint32_t>(strings.size()), &tables);
    strings += text + '\0';
  };
  for (const auto& entry : entries) put(entry.first);
  for (const auto& entry : entries) put(entry.second);
  std::string bytes;
  for (uint32_t number : {0x950412deu, 0u, count, 28u, 28 + 8 * count, 0u, 0u}) Put(number, &bytes);
  return bytes + tables + strings;
}

std::string Example() {
  return MoOf({{"", "header"},
               {"CORPUS\004no corpus {corpus}", "말뭉치 {corpus}"},
               {"CORPUS_GONE\004gone", "사라짐"},
               {"file", "파일"},
               {"step", "단계"}});
}

TEST(CatalogueTest, FindsTextsAndContexts) {
  const std::string bytes = Example();
  const Catalogue catalogue(bytes);
  EXPECT_EQ(catalogue.Find("file"), "파일");
  EXPECT_EQ(catalogue.Find("step"), "단계");
  EXPECT_EQ(catalogue.Find("CORPUS\004no corpus {corpus}"), "말뭉치 {corpus}");
  EXPECT_EQ(catalogue.FindContext("CORPUS"), "말뭉치 {corpus}");
  EXPECT_EQ(catalogue.FindContext("CORPUS_GONE"), "사라짐");
}

TEST(CatalogueTest, HasNothingForWhatItDoesNotKnow) {
  const std::string bytes = Example();
  const Catalogue catalogue(bytes);
  for (const char* key : {"", "a", "fil", "file ", "zebra", "no corpus {corpus}"}) {
    EXPECT_EQ(catalogue.Find(key), std::nullopt) << key;
  }
  for (const char* context : {"", "CORP", "CORPUS_", "file", "ZEBRA"}) {
    EXPECT_EQ(catalogue.FindContext(context), std::nullopt) << context;
  }
}

// No read goes beyond the bytes, whatever they contain; sanitizer builds check that.
TEST(CatalogueTest, DamagedBytesAreAnEmptyCatalogue) {
  const std::string whole = Example();
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    EXPECT_EQ(Catalogue(cut).Find("file"), std::nullopt) << size;
  }
  for (size_t at = 0; at < 28 + 16 * 5; ++at) {
    std::string damaged = whole;
    damaged[at] = '\xFF';
    const Catalogue catalogue(damaged);
    catalogue.Find("file");
    catalogue.FindContext("CORPUS");
  }
}

TEST(CatalogueTest, TextsWithoutATranslationStayEnglish) {
  EXPECT_STREQ(Translated("no such text in the catalogue", Language::kKorean),
               "no such text in the catalogue");
  EXPECT_STREQ(Translated(NC_("nobody's context", "text"), Language::kKorean), "text");
  EXPECT_STREQ(Translated(NC_("nobody's context", "text"), Language::kEnglish), "text");
}

TEST(CatalogueTest, OneTextHasATranslationForEachContext) {
  EXPECT_STREQ(LabelsFor(Language::kEnglish).run_time, "TIME");
  EXPECT_STREQ(LabelsFor(Language::kKorean).run_time, "학습 시간");
  EXPECT_STREQ(kPhrases.time.In(Language::kKorean), "시간");
}

}  // namespace
}  // namespace electra::client
