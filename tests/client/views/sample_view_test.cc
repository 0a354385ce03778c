#include "client/views/sample_view.h"

#include "absl/strings/str_split.h"
#include "client/text/display_width.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/samples.h"

namespace electra::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

v1::SampleToken Token(const char* original, const char* fake, const char* text, bool space_before) {
  v1::SampleToken token;
  token.set_original(original);
  token.set_fake(fake);
  token.set_text(text);
  token.set_space_before(space_before);
  return token;
}

TEST(SampleView, KoreanReference) {
  EXPECT_EQ(
      RenderSample(AppSample(), {.language = Language::kKorean, .width = 140}),
      "0번째 epoch 진행 중 ------- 12번째 step 결과\n"
      "\n"
      "원본 문장 :  특히 안드로이드 플랫폼 기반의 (웹)앱과 (하이)브드리앱에 초점을 맞추고 있다\n"
      "가짜 문장 :  특히 안드로이드 플랫폼 기반의 (마이크로)앱과 (이)브드리앱에 초점을 맞추고 "
      "있다\n"
      "\n"
      "21개 토큰 중 0개 예측 실패 -------- 2개 가짜 토큰 중 2개 판별\n"
      "\n"
      "문장 위치 | 실제 토큰 | (가짜)토큰 | 실제 | 예측 | 정답\n"
      "----------+-----------+------------+------+------+-----\n"
      "        6 | 웹        | 마이크로   | fake | fake |  O\n"
      "        9 | 하이      | 이         | fake | fake |  O\n"
      "\n"
      "Combined Loss 2.225 -- Generator Loss : 0.576 -- Discriminator Loss : 0.033\n");
}

TEST(SampleView, ProbeSentencesHaveAHeadingOfTheirOwn) {
  v1::Sample sample = AppSample();
  sample.set_probe(2);
  EXPECT_THAT(RenderSample(sample, {.language = Language::kKorean}),
              StartsWith("고정 문장 2번 ------- 12번째 step까지 학습한 결과\n"));
  EXPECT_THAT(RenderSample(sample, {.language = Language::kEnglish}),
              StartsWith("probe sentence 2 ------- as seen after step 12\n"));
}

TEST(SampleView, PipesGetTheSameWithoutLimit) {
  EXPECT_EQ(RenderSample(AppSample(), {.language = Language::kKorean}),
            RenderSample(AppSample(), {.language = Language::kKorean, .width = 140}));
}

TEST(SampleView, KoreanWrapsUnderTheSentenceAt60) {
  EXPECT_EQ(RenderSample(AppSample(), {.language = Language::kKorean, .width = 60}),
            "0번째 epoch 진행 중 ------- 12번째 step 결과\n"
            "\n"
            "원본 문장 :  특히 안드로이드 플랫폼 기반의 (웹)앱과\n"
            "             (하이)브드리앱에 초점을 맞추고 있다\n"
            "가짜 문장 :  특히 안드로이드 플랫폼 기반의 (마이크로)앱과\n"
            "             (이)브드리앱에 초점을 맞추고 있다\n"
            "\n"
            "21개 토큰 중 0개 예측 실패 -------- 2개 가짜 토큰 중 2개\n"
            "판별\n"
            "\n"
            "문장 위치 | 실제 토큰 | (가짜)토큰 | 실제 | 예측 | 정답\n"
            "----------+-----------+------------+------+------+-----\n"
            "        6 | 웹        | 마이크로   | fake | fake |  O\n"
            "        9 | 하이      | 이         | fake | fake |  O\n"
            "\n"
            "Combined Loss 2.225 -- Generator Loss : 0.576 --\n"
            "Discriminator Loss : 0.033\n");
}

TEST(SampleView, EnglishAt80ShowsEveryVerdictInOrder) {
  EXPECT_EQ(RenderSample(SampleWithEveryVerdict(), {.language = Language::kEnglish, .width = 80}),
            "epoch 0 in progress ------- result of step 12\n"
            "\n"
            "Original :  특히 (안드로이드) 플랫폼 기반의 (웹)앱과 (하이)브드리앱에 초점을\n"
            "            맞추고 있다\n"
            "Fake     :  특히 (윈도우) 플랫폼 기반의 (마이크로)앱과 (이)브드리앱에 초점을\n"
            "            맞추고 있다\n"
            "\n"
            "3 of 21 tokens predicted wrong -------- 2 of 3 fake tokens caught\n"
            "\n"
            "Position | Real token | (Fake) token | Actual | Predicted | Correct\n"
            "---------+------------+--------------+--------+-----------+--------\n"
            "       6 | 웹         | 마이크로     |  fake  |   fake    |    ✓\n"
            "       9 | 하이       | 이           |  fake  |   fake    |    ✓\n"
            "       2 | 안드로이드 | 윈도우       |  fake  |     -     |    ✗\n"
            "       5 | ##의       | ##의         |   -    |   fake    |    ✗\n"
            "      19 | ##다       | ##다         |   -    |   fake    |    ✗\n"
            "\n"
            "Combined Loss 2.225 -- Generator Loss : 0.576 -- Discriminator Loss : 0.033\n");
}

// O is wrong to no reader of Korean, and right to few of English.
TEST(SampleView, MarksAreThoseOfTheLanguage) {
  const v1::Sample sample = SampleWithEveryVerdict();
  const std::string ascii =
      RenderSample(sample, {.language = Language::kEnglish, .charset = Charset::kAscii});
  EXPECT_THAT(ascii, AllOf(HasSubstr("|   ok\n"), HasSubstr("|   no\n")));
  const std::string korean =
      RenderSample(sample, {.language = Language::kKorean, .charset = Charset::kAscii});
  EXPECT_THAT(korean, AllOf(HasSubstr("|  O\n"), HasSubstr("|  X\n")));
}

TEST(SampleView, EnglishAt60BreaksNoHeadingWithinAWord) {
  EXPECT_THAT(RenderSample(SampleWithEveryVerdict(), {.language = Language::kEnglish, .width = 60}),
              HasSubstr("Position | Real    | (Fake)   | Actual | Predicted | Correct\n"
                        "         | token   | token    |        |           |\n"
                        "---------+---------+----------+--------+-----------+--------\n"));
}

TEST(SampleView, NoLineIsWiderThanTheTerminal) {
  for (Language language : {Language::kKorean, Language::kEnglish}) {
    for (int width : {24, 60, 80, 140}) {
      const std::string view =
          RenderSample(SampleWithEveryVerdict(), {.language = language, .width = width});
      // Below the width of the narrowest readable table, only the table may be wider.
      if (width < 60) continue;
      for (absl::string_view line : absl::StrSplit(view, '\n')) {
        EXPECT_LE(DisplayWidth({line.data(), line.size()}), width) << line;
      }
    }
  }
}

TEST(SampleView, CountsAgreeWithTheRows) {
  const v1::Sample sample = SampleWithEveryVerdict();
  const SampleCounts counts = CountSample(sample);
  EXPECT_EQ(counts.tokens, 21);
  EXPECT_EQ(counts.fakes, 3);
  EXPECT_EQ(counts.caught, 2);
  EXPECT_EQ(counts.suspected, 2);
  EXPECT_EQ(counts.wrong(), 3);
  EXPECT_THAT(TablePositions(sample), ElementsAre(6, 9, 2, 5, 19));
}

TEST(SampleView, SpecialTokensStandInTheTableOnly) {
  v1::Sample sample = AppSample();
  sample.mutable_tokens(0)->set_predicted_fake(true);
  EXPECT_THAT(TablePositions(sample), ElementsAre(6, 9, 0));
  EXPECT_THAT(SampleSentence(sample, SentenceKind::kOriginal).text(), Not(HasSubstr("CLS")));
  EXPECT_THAT(RenderSample(sample, {}), HasSubstr("        0 | [CLS]     | [CLS]"));
}

TEST(SampleView, AdjacentFakesGetParenthesesOfTheirOwn) {
  v1::Sample sample;
  *sample.add_tokens() = Token("[CLS]", "[CLS]", "", false);
  *sample.add_tokens() = Token("데이터", "자료", "데이터", false);
  *sample.add_tokens() = Token("##를", "##의", "를", false);
  *sample.add_tokens() = Token("읽는다", "##쓴다", "읽는다", true);
  *sample.add_tokens() = Token(".", ".", ".", false);
  EXPECT_EQ(SampleSentence(sample, SentenceKind::kOriginal).text(), "(데이터)(를) (읽는다).");
  EXPECT_EQ(SampleSentence(sample, SentenceKind::kFake).text(), "(자료)(의) (쓴다).");
}

TEST(SampleView, ShowsTheSourceTextAndNotTheVocabularysForm) {
  v1::Sample sample;
  *sample.add_tokens() = Token("gpu", "gpu", "GPU", false);
  *sample.add_tokens() = Token("[UNK]", "[UNK]", "뷁", true);
  *sample.add_tokens() = Token("##", "##", "##", true);  // a token that is only the marks
  *sample.add_tokens() = Token("cpu", "##", "CPU", true);
  EXPECT_EQ(SampleSentence(sample, SentenceKind::kOriginal).text(), "GPU 뷁 ## (CPU)");
  EXPECT_EQ(SampleSentence(sample, SentenceKind::kFake).text(), "GPU 뷁 ## (##)");
}

TEST(SampleView, ColoursByVerdict) {
  const StyledText sentence = SampleSentence(SampleWithEveryVerdict(), SentenceKind::kFake);
  const std::string coloured = sentence.Render(ColorMode::kOn);
  EXPECT_THAT(coloured, HasSubstr("\x1b[32m(마이크로)\x1b[0m"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[31m(윈도우)\x1b[0m"));
  EXPECT_THAT(coloured, HasSubstr("기반\x1b[33m의\x1b[0m"));
  EXPECT_THAT(RenderSample(SampleWithEveryVerdict(), {.color = ColorMode::kOff}),
              Not(HasSubstr("\x1b")));
}

TEST(SampleView, TokensCannotSendEscapeSequences) {
  v1::Sample sample;
  *sample.add_tokens() = Token("\x1b[2J", "\u009b", "\x1b]0;x\x07", false);
  const std::string view = RenderSample(sample, {.width = 80});
  EXPECT_THAT(view, Not(HasSubstr("\x1b")));
  EXPECT_THAT(view, Not(HasSubstr("\u009b")));
  EXPECT_THAT(view, HasSubstr("(␛]0;x␇)"));
}

TEST(SampleView, EmptySampleIsStillAView) {
  EXPECT_THAT(RenderSample(v1::Sample(), {}), HasSubstr("0개 토큰 중 0개 예측 실패"));
}

}  // namespace
}  // namespace electra::client
