#include "client/rpc/json_output.h"

#include "electra/v1/history.pb.h"
#include "electra/v1/job.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

nlohmann::json Printed(const google::protobuf::Message& message) {
  return nlohmann::json::parse(ToJsonLine(message), nullptr, /*allow_exceptions=*/false);
}

TEST(JsonOutputTest, NumbersAreNumbersAtEveryDepth) {
  v1::Job job;
  job.set_step(40);
  job.mutable_last_step()->set_step(40);
  job.mutable_create_time()->set_seconds(1);
  const nlohmann::json printed = Printed(job);
  EXPECT_EQ(printed["step"], 40);
  EXPECT_EQ(printed["total_steps"], 0);
  EXPECT_EQ(printed["last_step"]["step"], 40);
  EXPECT_EQ(printed["create_time"], "1970-01-01T00:00:01Z");
  v1::ListStepMetricsResponse page;
  page.add_steps()->set_step(7);
  EXPECT_EQ(Printed(page)["steps"][0]["step"], 7);
}

TEST(JsonOutputTest, WhatADoubleCannotHoldIsAString) {
  v1::Job job;
  job.set_step(int64_t{1} << 53);
  EXPECT_EQ(Printed(job)["step"], int64_t{1} << 53);
  job.set_step((int64_t{1} << 53) + 1);
  EXPECT_EQ(Printed(job)["step"], "9007199254740993");
  job.set_step(-(int64_t{1} << 53) - 1);
  EXPECT_EQ(Printed(job)["step"], "-9007199254740993");
}

TEST(JsonOutputTest, TextOfDigitsStaysText) {
  v1::Job job;
  job.set_display_name("12");
  (*job.mutable_tags())["step"] = "7";
  (*job.mutable_hyperparameters()->mutable_fields())["step"].set_string_value("9");
  (*job.mutable_hyperparameters()->mutable_fields())["epochs"].set_number_value(0.1);
  const nlohmann::json printed = Printed(job);
  EXPECT_EQ(printed["display_name"], "12");
  EXPECT_EQ(printed["tags"]["step"], "7");
  EXPECT_EQ(printed["hyperparameters"]["step"], "9");
  EXPECT_EQ(printed["hyperparameters"]["epochs"], 0.1);
}

TEST(JsonOutputTest, WhatIsNotDefinedIsNull) {
  const nlohmann::json printed = Printed(v1::StepMetrics());
  EXPECT_TRUE(printed["discriminator_precision"].is_null());
  EXPECT_EQ(printed["step"], 0);
}

}  // namespace
}  // namespace electra::client
