// The server's sentences in Korean, by their codes. tests/catalogue_test.py checks that the
// catalogue has all of them.
#include "client/i18n/server_message.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

std::string Korean(const Message& message) { return InLanguage(message, Language::kKorean); }

// As it arrives over the wire: a text, a code and values, without a template.
Message Sent(const Message& message) {
  v1::MessageCode code;
  code.set_code(message.code());
  code.mutable_args()->insert(message.args().begin(), message.args().end());
  return ServerMessage(message.text(), code);
}

Message InUse(const std::string& corpus) {
  return Message("CORPUS_IN_USE",
                 "corpus {corpus} is used by job {job}, which has not ended: cancel it first",
                 corpus, "jobs/1");
}

Message GoesOn(const Message& cause) {
  return Message("GOES_ON_AFTER_STEP", "{cause}; the job goes on after step {step}", cause, 4);
}

TEST(ServerMessageTest, ValuesAreFilledIntoTheTranslation) {
  EXPECT_EQ(Korean(Sent(InUse("7f3a"))),
            "끝나지 않은 작업 jobs/1이(가) 말뭉치 7f3a을(를) 쓰고 있습니다. 먼저 취소하세요");
  EXPECT_EQ(InLanguage(Sent(InUse("7f3a")), Language::kEnglish),
            "corpus 7f3a is used by job jobs/1, which has not ended: cancel it first");
}

TEST(ServerMessageTest, AValueThatIsASentenceIsTranslatedInItsPlace) {
  const Message cause = Message("DEVICE_FAILED", "its device failed: {error}", "CUDA error");
  EXPECT_EQ(Korean(Sent(GoesOn(cause))),
            "장치에 오류가 났습니다: CUDA error. 작업은 step 4 다음부터 이어집니다");
  EXPECT_EQ(Korean(Sent(GoesOn(Message::Uncoded("out of power")))),
            "out of power. 작업은 step 4 다음부터 이어집니다");
}

TEST(ServerMessageTest, WhereItHoldsStandsBeforeTheSentence) {
  EXPECT_EQ(Korean(Sent(Within("책: 모음.csv", Within("line 3", InUse("7f3a"))))),
            "책: 모음.csv: line 3: 끝나지 않은 작업 jobs/1이(가) 말뭉치 7f3a을(를) 쓰고 있습니다. "
            "먼저 취소하세요");
}

TEST(ServerMessageTest, ASentenceThatTheCatalogueLacksStaysAsItCame) {
  for (const Message& message :
       {Message(), Message::Uncoded("no corpus 7f3a"), Message::Uncoded("{corpus} $0"),
        Message::Of("OF_A_NEWER_SERVER", {{"corpus", "7f3a"}}, "a sentence of a newer server"),
        // Its values did not fit into the answer.
        Message::Of("CORPUS_IN_USE", {{"corpus", "7f3a"}}, "corpus 7f3a is used"),
        Message::Of("CORPUS_IN", InUse("7f3a").args(), "corpus 7f3a is used")}) {
    EXPECT_EQ(Korean(message), message.text());
  }
}

TEST(ServerMessageTest, AValueThatLooksLikeAPlaceIsAValue) {
  EXPECT_EQ(Korean(InUse("{job}")),
            "끝나지 않은 작업 jobs/1이(가) 말뭉치 {job}을(를) 쓰고 있습니다. 먼저 취소하세요");
}

TEST(ServerMessageTest, SentencesInSentencesEnd) {
  std::map<std::string, std::string> args;
  std::string place = "error";
  for (int i = 1; i <= 50; ++i) {
    args[place] = absl::StrCat("error ", i);
    args[place + ".code"] = "DEVICE_FAILED";
    place += ".error";
  }
  const std::string text = Korean(Message::Of("DEVICE_FAILED", args, "its device failed"));
  EXPECT_TRUE(text.starts_with("장치에 오류가 났습니다: 장치에 오류가 났습니다: ")) << text;
  EXPECT_TRUE(text.ends_with(": error 7")) << text;
}

TEST(ServerMessageTest, AnOlderServerSendsFewerCodes) {
  google::protobuf::RepeatedPtrField<std::string> texts;
  *texts.Add() = "first";
  *texts.Add() = "second";
  google::protobuf::RepeatedPtrField<v1::MessageCode> codes;
  codes.Add()->set_code("FIRST");
  const std::vector<Message> messages = ServerMessages(texts, codes);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].code(), "FIRST");
  EXPECT_EQ(messages[1].code(), "");
  EXPECT_EQ(messages[1].text(), "second");
}

TEST(ServerMessageTest, FixedTextsOfTheServerAreInTheCatalogue) {
  EXPECT_EQ(FixedText("imported", Language::kKorean), "가져온 모델");
  EXPECT_EQ(FixedText("imported", Language::kEnglish), "imported");
  EXPECT_EQ(FixedText("0.5", Language::kKorean), "0.5");
}

}  // namespace
}  // namespace electra::client
