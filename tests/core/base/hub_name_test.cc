#include "core/base/hub_name.h"

#include <gmock/gmock.h>

namespace electra {
namespace {

HubName Parsed(std::string_view text) {
  const absl::StatusOr<HubName> name = ParseHubName(text);
  EXPECT_TRUE(name.ok()) << text;
  return name.value_or(HubName{});
}

TEST(HubNameTest, ANameIsARepositoryAndPerhapsARevision) {
  const HubName plain = Parsed("hf:monologg/koelectra-small-v3");
  EXPECT_EQ(plain.repository, "monologg/koelectra-small-v3");
  EXPECT_EQ(plain.revision, "");
  const HubName at = Parsed("hf:org/name@refs/pr/1");
  EXPECT_EQ(at.repository, "org/name");
  EXPECT_EQ(at.revision, "refs/pr/1");
  EXPECT_EQ(HubNameText(at), "hf:org/name@refs/pr/1");
  EXPECT_EQ(Parsed("hf:electra").repository, "electra");
}

TEST(HubNameTest, WhatCouldLeadElsewhereIsNoName) {
  for (const char* text : {"",
                           "hf:",
                           "org/name",
                           "hf:/name",
                           "hf:org/",
                           "hf:org/a/b",
                           "hf:../name",
                           "hf:org/..",
                           "hf:org/a..b",
                           "hf:org/a--b",
                           "hf:org/name@",
                           "hf:org/name@../x",
                           "hf:org/name@/x",
                           "hf:org/name@a b",
                           "hf:org/name?x",
                           "hf:org/name#x",
                           "hf:org/n%2e",
                           "hf:org\\name",
                           "hf:user:word@host/x",
                           "hf:org/.git",
                           "hf:org/-x",
                           "hf:org/name\n",
                           "hf:org/\xEA\xB0\x80"}) {
    EXPECT_FALSE(ParseHubName(text).ok()) << text;
  }
  EXPECT_FALSE(ParseHubName("hf:org/" + std::string(97, 'a')).ok());
  EXPECT_FALSE(ParseHubName("hf:org/name@" + std::string(256, 'a')).ok());
}

TEST(HubNameTest, APairIsNamedByWhatItsRepositoriesShare) {
  for (const char* text :
       {"hf:org/small@v1", "hf:org/small-discriminator@v1", "hf:org/small-generator@v1"}) {
    const HubName base = PairBase(Parsed(text));
    EXPECT_EQ(HubNameText(base), "hf:org/small@v1");
    EXPECT_EQ(HubNameText(DiscriminatorOf(base)), "hf:org/small-discriminator@v1");
    EXPECT_EQ(HubNameText(GeneratorOf(base)), "hf:org/small-generator@v1");
  }
}

TEST(HubNameTest, AModelWithoutANameIsCalledAsItsRepository) {
  EXPECT_EQ(ModelNameOf(Parsed("hf:org/small-discriminator")), "org--small");
  EXPECT_EQ(ModelNameOf(Parsed("hf:org/small@main")), "org--small");
  EXPECT_EQ(ModelNameOf(Parsed("hf:org/small@refs/pr/1")), "org--small--refs-pr-1");
}

}  // namespace
}  // namespace electra
