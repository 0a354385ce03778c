#include "core/base/message.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/cord.h"

namespace electra {
namespace {

using Args = std::map<std::string, std::string>;

TEST(MessageTest, FillsItsPlaces) {
  const Message message("TOO_LONG", "{what} has {size} bytes, {what} may have {most}", "a name", 70,
                        64);
  EXPECT_EQ(message.text(), "a name has 70 bytes, a name may have 64");
  EXPECT_EQ(message.code(), "TOO_LONG");
  EXPECT_EQ(message.args(), (Args{{"what", "a name"}, {"size", "70"}, {"most", "64"}}));
}

TEST(MessageTest, AValueWithBracesIsNotATemplate) {
  EXPECT_EQ(Message("NAMED", "no {what}", "{size}").text(), "no {size}");
}

TEST(MessageTest, AMessageInAPlaceKeepsItsCode) {
  const absl::Status cause = NotFoundError("NO_FILE", "no file {path}", "a.txt");
  const absl::Status status =
      DataLossError("UNREADABLE", "cannot read {name}: {cause}", "x", cause);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(status.message(), "cannot read x: no file a.txt");
  const Message message = MessageOf(status);
  EXPECT_EQ(message.code(), "UNREADABLE");
  EXPECT_EQ(message.Inner("cause").code(), "NO_FILE");
  EXPECT_EQ(message.Inner("cause").args(), (Args{{"path", "a.txt"}}));
  EXPECT_EQ(message.Inner("cause").text(), "no file a.txt");
  EXPECT_EQ(message.Inner("name").code(), "");
}

TEST(MessageTest, WithinSaysWhereAndKeepsCodeAndPayloads) {
  absl::Status status = InvalidArgumentError("NO_COLUMN", "no column {column}", "sen");
  status.SetPayload("other", absl::Cord("kept"));
  const absl::Status line = Within(Message("LINE", "line {line}", 3), status);
  const absl::Status within = Within("books.csv", line);
  EXPECT_EQ(within.message(), "books.csv: line 3: no column sen");
  EXPECT_EQ(within.GetPayload("other"), "kept");
  const Message message = MessageOf(within);
  EXPECT_EQ(message.code(), "NO_COLUMN");
  EXPECT_EQ(message.args().at("column"), "sen");
  const Message at = message.Inner("at");
  EXPECT_EQ(at.text(), "books.csv: line 3");
  EXPECT_EQ(at.code(), "LINE");
  EXPECT_EQ(at.args(), (Args{{"at", "books.csv"}, {"line", "3"}}));
}

TEST(MessageTest, WithinJoinsPlainPlaces) {
  const Message message = Within("a", Within("b", Message("CODE", "text")));
  EXPECT_EQ(message.text(), "a: b: text");
  EXPECT_EQ(message.args(), (Args{{"at", "a: b"}}));
}

TEST(MessageTest, WithinKeepsTheCodeOfAPlaceAroundAPlainOne) {
  const Message message = Within(Message("PART", "part {part}", 2), Within("b", Message("C", "t")));
  EXPECT_EQ(message.text(), "part 2: b: t");
  const Message at = message.Inner("at");
  EXPECT_EQ(at.text(), "part 2: b");
  EXPECT_EQ(at.args().at("place"), "b");
  EXPECT_EQ(at.Inner("at").code(), "PART");
  EXPECT_EQ(at.Inner("at").args().at("part"), "2");
}

TEST(MessageTest, AStatusWithoutAMessageIsUncoded) {
  const Message message = MessageOf(absl::UnknownError("as it came"));
  EXPECT_EQ(message.text(), "as it came");
  EXPECT_EQ(message.code(), "");
  EXPECT_EQ(CodeJson(message), "");
  EXPECT_EQ(Within("here", message).text(), "here: as it came");
}

TEST(MessageTest, CodeAndValuesSurviveStorage) {
  const Message message("A_CODE", "{name}: {count}", "\"quoted\" 말", 2);
  const Message read = FromCodeJson(message.text(), CodeJson(message));
  EXPECT_EQ(read.text(), message.text());
  EXPECT_EQ(read.code(), "A_CODE");
  EXPECT_EQ(read.args(), message.args());
}

TEST(MessageTest, WhatWasNotStoredByItIsUncoded) {
  for (const char* json : {"", "{", "[]", "{\"code\":1,\"args\":{}}", "{\"code\":\"A\"}",
                           "{\"code\":\"A\",\"args\":{\"a\":1}}"}) {
    const Message message = FromCodeJson("text", json);
    EXPECT_EQ(message.code(), "") << json;
    EXPECT_EQ(message.text(), "text");
  }
}

TEST(MessageTest, InvalidUtf8IsReplacedInWhatIsStored) {
  const Message message("A_CODE", "no file {path}", "\xff");
  EXPECT_EQ(FromCodeJson("", CodeJson(message)).args().at("path"), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace electra
