#include "core/ranks/rank_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using Variables = std::map<std::string, std::string>;

absl::StatusOr<std::optional<RankEnvironment>> Read(const Variables& variables) {
  return ReadRankEnvironment([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

Variables Whole() {
  return {{"RANK", "1"}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "node0"}, {"MASTER_PORT", "29500"}};
}

std::string ProblemOf(const Variables& variables) {
  const auto read = Read(variables);
  EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(read.status().message());
}

TEST(RankEnvironmentTest, ALauncherIsUnderstood) {
  Variables variables = Whole();
  variables["LOCAL_RANK"] = "1";
  variables["TORCHELASTIC_USE_AGENT_STORE"] = "True";
  variables["TORCHELASTIC_RESTART_COUNT"] = "2";
  const auto read = Read(variables);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_TRUE(read->has_value());
  EXPECT_EQ((*read)->rank, 1);
  EXPECT_EQ((*read)->world_size, 4);
  EXPECT_EQ((*read)->local_rank, 1);
  EXPECT_EQ((*read)->master_addr, "node0");
  EXPECT_EQ((*read)->master_port, 29500);
  EXPECT_TRUE((*read)->agent_listens);
  EXPECT_EQ((*read)->restart_count, 2);
}

TEST(RankEnvironmentTest, OnlyTheFourAreNeeded) {
  const auto read = Read(Whole());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ((*read)->local_rank, 0);
  EXPECT_FALSE((*read)->agent_listens);
}

TEST(RankEnvironmentTest, WithoutALauncherThereAreNoRanks) {
  EXPECT_FALSE(Read({})->has_value());
  EXPECT_FALSE(Read({{"RANK", ""}, {"WORLD_SIZE", ""}})->has_value());
  // Left over in a shell or an image.
  EXPECT_FALSE(Read({{"MASTER_ADDR", "localhost"}, {"MASTER_PORT", "29500"}})->has_value());
  // A launch of one process.
  EXPECT_FALSE(Read({{"RANK", "0"}, {"WORLD_SIZE", "1"}})->has_value());
}

TEST(RankEnvironmentTest, WhatIsMissingIsNamed) {
  Variables variables = Whole();
  variables.erase("MASTER_PORT");
  EXPECT_THAT(ProblemOf(variables),
              AllOf(HasSubstr("RANK is 1"), HasSubstr("MASTER_PORT is not set")));
  variables.erase("MASTER_ADDR");
  EXPECT_THAT(ProblemOf(variables), HasSubstr("MASTER_ADDR and MASTER_PORT are not set"));
  EXPECT_THAT(ProblemOf({{"WORLD_SIZE", "2"}}),
              AllOf(HasSubstr("WORLD_SIZE is 2"), HasSubstr("RANK and MASTER_ADDR")));
  EXPECT_THAT(ProblemOf({{"RANK", "1"}, {"WORLD_SIZE", "1"}}), HasSubstr("MASTER_ADDR"));
}

TEST(RankEnvironmentTest, NonsenseIsNamedWithItsRange) {
  const auto with = [](const char* name, const char* value) {
    Variables variables = Whole();
    variables[name] = value;
    return variables;
  };
  EXPECT_THAT(ProblemOf(with("RANK", "one")),
              AllOf(HasSubstr("RANK is \"one\""), HasSubstr("whole number")));
  EXPECT_THAT(ProblemOf(with("RANK", "-1")), HasSubstr("RANK is \"-1\""));
  EXPECT_THAT(ProblemOf(with("RANK", "4")),
              AllOf(HasSubstr("RANK is 4, but WORLD_SIZE is 4"), HasSubstr("from 0")));
  EXPECT_THAT(ProblemOf(with("WORLD_SIZE", "0")), HasSubstr("WORLD_SIZE is \"0\""));
  EXPECT_THAT(ProblemOf(with("MASTER_PORT", "70000")), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(ProblemOf(with("MASTER_PORT", "29500 ")), HasSubstr("MASTER_PORT"));
  EXPECT_THAT(ProblemOf(with("LOCAL_RANK", "x")), HasSubstr("LOCAL_RANK is \"x\""));
}

}  // namespace
}  // namespace electra
