#include "core/loop/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/sha256.h"
#include "tests/temporary_folder.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ProgressRecorder : public TrainingObserver {
 public:
  void OnPreparationProgress(const PreparationProgress& report) override {
    progress.push_back(report);
  }
  void OnPrepared(const PreparationReport&) override {}
  void OnStarted(int64_t, int64_t) override {}
  void OnStep(const StepMetrics&) override {}
  void OnSkippedSteps(int64_t) override {}
  void OnSample(const SampleReport&) override {}
  void OnEvaluation(const EvaluationMetrics&) override {}
  void OnCheckpoint(const CheckpointReport&) override {}
  void OnMessage(Severity severity, const Message& message) override {
    (severity == Severity::kWarning ? warnings : notes).push_back(message.text());
  }

  std::vector<PreparationProgress> progress;
  std::vector<std::string> notes;
  std::vector<std::string> warnings;
};

class PrepareTest : public ::testing::Test {
 protected:
  // A corpus of this many bytes, and a job that reads it.
  TrainingTask Task(int64_t bytes) {
    const std::string line = "the quick brown fox jumps over the lazy dog again and again\n";
    std::string text;
    while (static_cast<int64_t>(text.size()) < bytes) text += line;
    return TaskOf(text);
  }

  // A job that reads this text.
  TrainingTask TaskOf(const std::string& text) {
    TrainingTask task;
    task.corpus_path = folder_.path() / "corpus.txt";
    std::ofstream(task.corpus_path, std::ios::binary) << text;
    task.corpus_sha256 = Sha256Hex(text);
    task.job_dir = folder_.path() / "job";
    task.token_cache_dir = folder_.path() / "caches";
    std::filesystem::create_directories(task.job_dir);
    std::filesystem::create_directories(task.token_cache_dir);
    task.hyperparameters.vocab_size = 100;
    task.hyperparameters.batch_size = 1;
    return task;
  }

  // The same with a vocabulary of these words.
  TrainingTask TaskOf(const std::string& text, const std::vector<std::string>& words) {
    TrainingTask task = TaskOf(text);
    task.vocabulary_path = folder_.path() / "given.txt";
    std::ofstream(task.vocabulary_path) << "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"
                                        << absl::StrJoin(words, "\n") << "\n";
    return task;
  }

  absl::StatusOr<PreparedCorpus> Prepare(const TrainingTask& task) {
    return PrepareCorpus(task, nullptr, recorder_, stop_);
  }

  TemporaryFolder folder_;
  ProgressRecorder recorder_;
  StopSignal stop_;
};

TEST_F(PrepareTest, ALongCorpusSaysHowFarItIs) {
  const TrainingTask task = Task(int64_t{17} << 20);
  const auto prepared = PrepareCorpus(task, nullptr, recorder_, stop_);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  int64_t last = 0;
  size_t words = 0;
  for (const PreparationProgress& progress : recorder_.progress) {
    if (progress.phase == PreparationProgress::Phase::kVocabulary) ++words;
    const bool next_phase = progress.read_bytes < last;
    EXPECT_FALSE(next_phase && progress.phase == PreparationProgress::Phase::kVocabulary);
    last = progress.read_bytes;
    EXPECT_LE(progress.read_bytes, progress.size_bytes);
    EXPECT_EQ(progress.size_bytes,
              static_cast<int64_t>(std::filesystem::file_size(task.corpus_path)));
  }
  EXPECT_GE(words, 15u);
  EXPECT_GE(recorder_.progress.size() - words, 15u);
  EXPECT_LE(recorder_.progress.size(), 40u);
}

TEST_F(PrepareTest, AVocabularyOfAnotherLanguageIsRefused) {
  TrainingTask task = TaskOf("데이터 모델, 학습\n데이터 언어\n", {"the", "fox", ","});
  const absl::Status refused = Prepare(task).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      std::string(refused.message()),
      AllOf(HasSubstr("97.3 % of the text is unknown and becomes [UNK], 83.3 % of the tokens"),
            HasSubstr("5 words are not in the vocabulary, most often \"데이터\" (2), "),
            HasSubstr("--allow-unknown")));
  const Message message = MessageOf(refused);
  EXPECT_EQ(message.code(), "TEXT_NOT_KNOWN");
  EXPECT_EQ(message.Inner("unknown").code(), "UNKNOWN_TEXT");
  EXPECT_EQ(message.Inner("unknown").args().at("percent"), "97.3");
  EXPECT_EQ(message.Inner("unknown").Inner("tokens").code(), "UNKNOWN_TOKENS");
  EXPECT_EQ(message.Inner("unknown").Inner("missing").args().at("count"), "5");
  EXPECT_EQ(message.Inner("unknown").Inner("excerpt").code(), "");
  EXPECT_EQ(message.Inner("remedy").code(), "USE_KNOWN_WORDS");
  task.hyperparameters.allow_unknown = true;
  EXPECT_TRUE(Prepare(task).ok());
  EXPECT_THAT(recorder_.warnings, Contains(HasSubstr("\"데이터\" (2)")));
}

TEST_F(PrepareTest, AJobThatGoesOnIsNotJudgedAgain) {
  const TrainingTask task = TaskOf("데이터 모델\n", {"the"});
  std::filesystem::create_directories(task.job_dir / "checkpoints" / "step-00000002");
  EXPECT_TRUE(Prepare(task).ok());
  EXPECT_TRUE(recorder_.warnings.empty());
}

TEST_F(PrepareTest, TextWithoutSpacesIsRefusedForItsLongWords) {
  std::string thai;
  for (int i = 0; i < 60; ++i) thai += "ภาษาไทย";
  const TrainingTask task = TaskOf(thai + "\nภาษา ไทย\nไทย ภาษา\n");
  const absl::Status refused = Prepare(task).status();
  EXPECT_THAT(
      std::string(refused.message()),
      HasSubstr("1 words are longer than 100 characters, as in text without spaces: \"ภาษา"));
  const TrainingTask all = TaskOf(thai + "\n" + thai);
  std::filesystem::remove(all.job_dir / "vocab.txt");
  EXPECT_THAT(std::string(Prepare(all).status().message()),
              HasSubstr("no word to train a vocabulary from: all 2 are longer than 100"));
}

TEST_F(PrepareTest, SomeUnknownTextIsWarnedOfOnce) {
  std::string text = "데이터\n";
  for (int i = 0; i < 6; ++i) text += absl::StrCat("the fox ", i % 2 == 0 ? "the\n" : "fox\n");
  const TrainingTask task = TaskOf(text, {"the", "fox"});
  ASSERT_TRUE(Prepare(task).ok());
  EXPECT_THAT(recorder_.warnings, Contains(HasSubstr("most often \"데이터\" (1)")));
  EXPECT_THAT(recorder_.warnings,
              Contains(HasSubstr("4 of 7 samples have the same tokens as an earlier one")));
}

TEST_F(PrepareTest, SamplesWithoutTextAreSaid) {
  ASSERT_TRUE(Prepare(TaskOf("the fox\n\n \n\xE2\x80\x8B\nthe lazy dog\n")).ok());
  EXPECT_THAT(recorder_.notes, Contains("3 samples hold no text and are left out"));
  EXPECT_TRUE(recorder_.warnings.empty());
}

TEST_F(PrepareTest, LinesThatEndWithCrAloneAreOneSample) {
  ASSERT_TRUE(Prepare(TaskOf("the fox\rthe dog\rthe cat\r")).ok());
  EXPECT_THAT(recorder_.warnings,
              ElementsAre(AllOf(HasSubstr("the text has 1 samples, but 2 CRs stand alone"),
                                HasSubstr("tr '\\r' '\\n'"))));
}

TEST_F(PrepareTest, UnknownTextThatIsInLettersNamesThemAsTheCause) {
  const TrainingTask task = TaskOf("\u1103\u1166 \u1103\u1166\u110B\u1175\nfox\n", {"fox", "데"});
  const absl::Status refused = Prepare(task).status();
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("unknown and becomes [UNK]"),
                    HasSubstr("Convert the text to NFC: uconv -x any-nfc; --allow-unknown"),
                    Not(HasSubstr("vocabulary of the text's language"))));
  EXPECT_EQ(MessageOf(refused).Inner("remedy").code(), "HANGUL_IN_LETTERS");
}

TEST_F(PrepareTest, HangulInLettersIsWarnedOf) {
  TrainingTask task = TaskOf("the fox\nthe \u1103\u1166 dog\nthe 데 cat\n");
  ASSERT_TRUE(Prepare(task).ok());
  EXPECT_THAT(recorder_.warnings,
              ElementsAre(AllOf(HasSubstr("1 of the examined samples hold Hangul as letters"),
                                HasSubstr("uconv -x any-nfc"))));
  recorder_.warnings.clear();
  std::filesystem::remove(task.job_dir / "vocab.txt");
  task.hyperparameters.strip_accents = true;
  ASSERT_TRUE(Prepare(task).ok());
  EXPECT_TRUE(recorder_.warnings.empty());
}

TEST_F(PrepareTest, NoTextThatIsHeldOutIsTrainedOn) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += absl::StrCat("the fox ", i % 100, "\n");
  TrainingTask task = TaskOf(text);
  task.hyperparameters.validation_split_percentage = 10;
  const absl::StatusOr<PreparedCorpus> prepared = Prepare(task);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  const TokenCache& cache = *prepared->cache;
  std::set<std::string> held_out;
  for (uint64_t sequence : prepared->split.validation) {
    held_out.insert(std::string(cache.SampleText(cache.sequence_samples()[sequence])));
  }
  EXPECT_EQ(prepared->split.validation.size(), 10u);
  EXPECT_EQ(held_out.size(), 10u);
  EXPECT_EQ(prepared->split.train.size(), 900u);
  for (uint64_t sequence : prepared->split.train) {
    EXPECT_FALSE(
        held_out.contains(std::string(cache.SampleText(cache.sequence_samples()[sequence]))));
  }
  EXPECT_THAT(recorder_.warnings, Contains(HasSubstr("900 of 1000 samples have the same tokens")));
}

TEST_F(PrepareTest, DuplicatesAreLeftOutOnWish) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += absl::StrCat("the fox ", i % 100, "\n");
  TrainingTask task = TaskOf(text);
  task.hyperparameters.validation_split_percentage = 10;
  const absl::StatusOr<PreparedCorpus> kept = Prepare(task);
  ASSERT_TRUE(kept.ok()) << kept.status();
  task.hyperparameters.deduplicate = true;
  const absl::StatusOr<PreparedCorpus> prepared = Prepare(task);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  EXPECT_EQ(prepared->split.validation, kept->split.validation);
  EXPECT_EQ(prepared->split.train.size(), 90u);
  std::set<std::string> trained;
  for (uint64_t sequence : prepared->split.train) {
    const uint64_t sample = prepared->cache->sequence_samples()[sequence];
    EXPECT_LT(sample, 100u);  // the first of its copies
    trained.insert(std::string(prepared->cache->SampleText(sample)));
  }
  EXPECT_EQ(trained.size(), 90u);
  EXPECT_THAT(recorder_.notes,
              Contains("900 of 1000 samples have the same tokens as an earlier one (duplicates) "
                       "and are left out"));
}

// A vocabulary counts each text once: words of copies alone are below min_frequency.
TEST_F(PrepareTest, DuplicatesCountOnceForAVocabulary) {
  TrainingTask task = TaskOf("wxyz the fox\nwxyz the fox\nthe dog\nthe cat\n");
  task.hyperparameters.deduplicate = true;
  const absl::StatusOr<PreparedCorpus> prepared = Prepare(task);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  EXPECT_FALSE(prepared->tokenizer->vocabulary().Find("wxyz").has_value());
  std::filesystem::remove(task.job_dir / "vocab.txt");
  task.hyperparameters.deduplicate = false;
  const absl::StatusOr<PreparedCorpus> kept = Prepare(task);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_TRUE(kept->tokenizer->vocabulary().Find("wxyz").has_value());
}

// Each corpus by its own format and field, and copies wherever they are.
TEST_F(PrepareTest, AVocabularyCountsEveryCorpusOfAMix) {
  TrainingTask task = TaskOf("the fox the fox\nthe dog\n");
  const std::filesystem::path general = folder_.path() / "general.jsonl";
  std::ofstream(general) << R"({"text": "abcd", "body": "wxyz the dog"}
{"text": "abcd", "body": "wxyz the cat"}
{"text": "abcd", "body": "the fox the fox"}
)";
  task.more_corpora = {{.path = general,
                        .reading = {.format = CorpusFormat::kJsonl, .column = "body"},
                        .sha256 = "general"}};
  task.mix = {0.5, 0.5};
  task.hyperparameters.deduplicate = true;
  const absl::StatusOr<PreparedCorpus> prepared = Prepare(task);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  EXPECT_TRUE(prepared->tokenizer->vocabulary().Find("wxyz").has_value());
  EXPECT_FALSE(prepared->tokenizer->vocabulary().Find("abcd").has_value());
  // Without the copy of the first corpus's line.
  EXPECT_EQ(prepared->split.train.size() + prepared->split.validation.size(), 4u);
}

TEST_F(PrepareTest, AShortOneIsReadBeforeAnyoneLooks) {
  ASSERT_TRUE(PrepareCorpus(Task(int64_t{1} << 20), nullptr, recorder_, stop_).ok());
  EXPECT_TRUE(recorder_.progress.empty());
}

}  // namespace
}  // namespace electra
