#include "server/base/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace electra::server {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

google::rpc::ErrorInfo InfoIn(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  EXPECT_TRUE(info.ParseFromString(ErrorInfoOf(status)));
  EXPECT_EQ(info.domain(), "electra");
  EXPECT_LE(info.ByteSizeLong(), 1500u);
  return info;
}

std::string Long(size_t characters) {
  std::string text;
  for (size_t i = 0; i < characters; ++i) text += "가";
  return text;
}

TEST(ErrorsTest, AnErrorTellsProgramsItsCodeAndItsValues) {
  const absl::Status full = ResourceExhaustedError("DISK_FULL", "no space: {cause}",
                                                   DataLossError("BROKEN", "{disk} broke", "sda"));
  const google::rpc::ErrorInfo info = InfoIn(full);
  EXPECT_EQ(info.reason(), "DISK_FULL");
  EXPECT_THAT(info.metadata(),
              UnorderedElementsAre(Pair("cause", "sda broke"), Pair("cause.code", "BROKEN"),
                                   Pair("cause.disk", "sda")));
  EXPECT_EQ(InfoIn(absl::DataLossError("somebody else's")).reason(), "DATA_LOSS");
}

TEST(ErrorsTest, ALongValueIsCutBetweenTwoCharacters) {
  const auto values = InfoIn(NotFoundError("NO_BOOK", "no book {title}", Long(1000))).metadata();
  EXPECT_EQ(values.at("title"), Long(133));  // of 400 bytes, three each
}

TEST(ErrorsTest, WhereThereIsNoRoomInnerValuesGoFirst) {
  const Message inner = Message("INNER", "{a}{b}{c}", Long(130), Long(130), Long(130));
  const auto values = InfoIn(NotFoundError("OUTER", "{name}: {inner}", "x", inner)).metadata();
  EXPECT_THAT(values, UnorderedElementsAre(Pair("name", "x"), Pair("inner", Long(133))));
  const std::string one = Long(133);
  const google::rpc::ErrorInfo all =
      InfoIn(NotFoundError("MANY", "{a}{b}{c}{d}", one, one, one, one));
  EXPECT_EQ(all.reason(), "MANY");
  EXPECT_THAT(all.metadata(), IsEmpty());
}

TEST(ErrorsTest, ViolationsHaveTheirCodesBesideTheFirst) {
  const absl::Status status =
      FieldViolations({{"note", TooManyBytes("note", 5000, 4096)},
                       {"tags", Message("TOO_MANY_TAGS", "there are {tags} tags", 70)},
                       {"model", Message("NO_MODEL", "no model {model}", "smal")}});
  EXPECT_EQ(status.message(), "note has 5000 bytes: at most 4096 are accepted (and 2 more)");
  const google::rpc::ErrorInfo info = InfoIn(status);
  EXPECT_EQ(info.reason(), "TOO_MANY_BYTES");
  EXPECT_THAT(info.metadata(),
              UnorderedElementsAre(
                  Pair("field", "note"), Pair("bytes", "5000"), Pair("limit", "4096"),
                  Pair("violations.1.code", "TOO_MANY_TAGS"), Pair("violations.1.tags", "70"),
                  Pair("violations.2.code", "NO_MODEL"), Pair("violations.2.model", "smal")));
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(bad_request.ParseFromString(std::string(*status.GetPayload(kBadRequestType))));
  ASSERT_THAT(bad_request.field_violations(), SizeIs(3));
  EXPECT_EQ(bad_request.field_violations(2).field(), "model");
  EXPECT_EQ(bad_request.field_violations(2).description(), "no model smal");
}

TEST(ErrorsTest, TheLastViolationsAreLeftOutWhereThereIsNoRoom) {
  std::vector<FieldViolation> violations;
  for (int i = 0; i < 100; ++i) {
    violations.push_back({absl::StrCat("tags.", i), Message("BAD_TAG", "{tag}", Long(40))});
  }
  const absl::Status status = FieldViolations(violations);
  const auto values = InfoIn(status).metadata();
  EXPECT_EQ(values.at("tag"), Long(40));
  EXPECT_EQ(values.at("violations.1.tag"), Long(40));
  EXPECT_THAT(values, Contains(Key("violations.3.code")));
  EXPECT_THAT(values, Not(Contains(Key("violations.20.code"))));
  const size_t bytes = status.GetPayload(kBadRequestType)->size();
  EXPECT_LE(bytes, 1500u);
  EXPECT_GT(bytes, 1300u);
}

}  // namespace
}  // namespace electra::server
