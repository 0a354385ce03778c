// What the server says, in Korean. That the catalogue has all of it is looked at by
// server_sentences_test.py.
#include "client/i18n/server_sentences.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Korean(const std::string& sentence) { return InLanguage(sentence, Language::kKorean); }

TEST(ServerSentences, WhatTheyNameIsPutIntoTheKoreanOnes) {
  EXPECT_EQ(Korean("there is no job \"7f3b\": did you mean 7f3a51c0d2e4?"),
            "작업 \"7f3b\"이(가) 없습니다. 혹시 7f3a51c0d2e4인가요?");
  EXPECT_EQ(
      Korean("job 7f3a is RUNNING: `electra job cancel 7f3a` ends it, then it can be deleted"),
      "작업 7f3a은(는) 학습 중입니다. `electra job cancel 7f3a`로 끝낸 뒤 삭제할 수 있습니다");
  EXPECT_EQ(Korean("learning_rate is 2: it must be above 0, at most 1"),
            "learning_rate이(가) 2입니다. 허용 범위: 0 초과 1 이하");
  EXPECT_EQ(Korean("RESUMED from step 120"), "step 120부터 이어서 학습합니다");
}

TEST(ServerSentences, OnesInsideOfOthersAreFound) {
  // A file's name in front, more behind, another sentence.
  EXPECT_EQ(Korean("책: 모음.csv: line 3 has 4 columns, the first line names 2; is a quote missing "
                   "around a field?"),
            "책: 모음.csv: 3번째 줄은 열이 4개인데 첫 줄에는 2개입니다. 따옴표가 빠지지 않았나요?");
  EXPECT_EQ(Korean("unknown hyperparameter \"lr\": did you mean seed? (and 2 more)"),
            "하이퍼파라미터 \"lr\"은(는) 없습니다. 혹시 seed인가요? (그 밖에 2건)");
  EXPECT_EQ(Korean("its device failed: CUDA error; the job goes on when the daemon has restarted"),
            "장치에 오류가 났습니다: CUDA error. 데몬이 다시 시작되면 작업이 이어집니다");
  EXPECT_EQ(
      Korean("cancelled after step 4; stopped early after step 4: no lower loss in 3 "
             "evaluations. the model is that of step 2, whose evaluated combined loss 9.5 is "
             "the lowest"),
      "step 4 뒤에 취소되었습니다. step 4에서 일찍 멈추었습니다. 평가 3번 동안 손실이 낮아지지 "
      "않았습니다. 모델은 평가한 Combined Loss가 9.5(으)로 가장 낮은 step 2의 것입니다");
}

// As core/loop/text_advice.cc puts them together.
TEST(ServerSentences, WhatIsSaidOfATextIsOneOfItsSentencesAfterTheOther) {
  EXPECT_EQ(
      Korean("97.3 % of the text is unknown and becomes [UNK], 83.3 % of the tokens. 5 words are "
             "not in the vocabulary, most often \"데이터\" (2), \";\" (1). 1 words are longer "
             "than 100 characters, as in text without spaces: \"ภาษาไทย\" (1). Words are "
             "counted in 2 MiB of the text. Use a vocabulary of the text's language, and spaces "
             "between its words; --allow-unknown (allow_unknown=true) trains on it as it is"),
      "본문의 97.3 %(토큰의 83.3 %)를 어휘가 알지 못해 [UNK]가 됩니다. 낱말 5개가 어휘에 "
      "없으며, 가장 흔한 것은 \"데이터\" (2), \";\" (1)입니다. 낱말 1개가 띄어 쓰지 않은 "
      "글처럼 100자보다 깁니다: \"ภาษาไทย\" (1). 낱말은 본문 중 2 MiB에서 세었습니다. 본문의 "
      "언어에 맞는 어휘를 쓰고 낱말을 띄어 쓰세요. 그대로 학습하려면 --allow-unknown"
      "(allow_unknown=true)을 쓰세요");
  EXPECT_EQ(
      Korean("lines end with LF or CRLF, so that the text has 1 samples, but 9 CRs stand alone. If "
             "they are to end lines, convert them: tr '\\r' '\\n'"),
      "줄은 LF나 CRLF로 끝나므로 본문의 샘플은 1개인데, 홀로 있는 CR이 9개입니다. CR이 줄의 "
      "끝이라면 바꾸세요: tr '\\r' '\\n'");
}

// It named the precision too in what older servers recorded.
TEST(ServerSentences, ADiscriminatorThatCatchesNothingIsSaidOldAndNew) {
  for (const char* what : {"recall is 0", "precision and recall are 0"}) {
    EXPECT_THAT(Korean(absl::StrCat(
                    "the discriminator caught no fake in 3 evaluations in a row (", what,
                    "): it calls every token real, which is right for most of them. Where a model "
                    "from scratch is not past that yet, train on; else use a lower learning_rate "
                    "than 0.0005, and look whether the vocabulary is the model's")),
                AllOf(HasSubstr("평가 3번 연속으로"), HasSubstr("0.0005보다")));
  }
}

TEST(ServerSentences, WhatIsToBeTypedStaysAsItIs) {
  EXPECT_EQ(Korean("filter:1:7: \"RUNING\" is not a state: did you mean RUNNING?"),
            "필터 1번째 줄 7번째 글자: \"RUNING\"은(는) 상태가 아닙니다. 혹시 RUNNING인가요?");
  EXPECT_EQ(Korean("learning_rate is 5: it must be above 0, at most 1 (and 1 more)"),
            "learning_rate이(가) 5입니다. 허용 범위: 0 초과 1 이하 (그 밖에 1건)");
  EXPECT_EQ(Korean("the model's: tiny, small 5e-4; base, large 2e-4"),
            "모델에 따라: tiny, small 5e-4; base, large 2e-4");
}

TEST(ServerSentences, WhatIsNotKnownStaysAsItCame) {
  for (const char* sentence :
       {"", "a sentence of a newer server", "there is no job", ": ", "$0", "한국어 문장"}) {
    EXPECT_EQ(Korean(sentence), sentence);
  }
  EXPECT_EQ(InLanguage("the job was deleted", Language::kEnglish), "the job was deleted");
}

TEST(ServerSentences, ANameThatLooksLikeAPlaceIsAName) {
  EXPECT_EQ(Korean("there is no model \"$1\": did you mean $0?"),
            "모델 \"$1\"이(가) 없습니다. 혹시 $0인가요?");
}

TEST(ServerSentences, EachIsItsOwn) {
  for (const auto& sentences : {ServiceSentences(), TrainingSentences()}) {
    for (const ServerSentence& sentence : sentences) {
      std::string english(sentence.english);
      std::string korean = sentence.korean;
      for (int i = 9; i >= 0; --i) {
        const std::string place = absl::StrCat("$", i);
        english = absl::StrReplaceAll(english, {{place, absl::StrCat("q", i)}});
        korean = absl::StrReplaceAll(korean, {{place, absl::StrCat("q", i)}});
      }
      // The range of a hyperparameter stands where it could be anything else.
      EXPECT_EQ(Korean(english), korean);
    }
  }
}

TEST(ServerSentences, LongOnesTakeNoTime) {
  std::string hostile;
  for (int i = 0; i < 2000; ++i) absl::StrAppend(&hostile, "is : ; . (");
  EXPECT_EQ(Korean(hostile), hostile);
  EXPECT_EQ(Korean(hostile.substr(0, 4000)), hostile.substr(0, 4000));
}

}  // namespace
}  // namespace electra::client
