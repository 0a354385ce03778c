#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

class SubmitTest : public ::testing::Test {
 protected:
  SubmitTest() {
    rig_.server = server_.address();
    server_.jobs.job.set_name("jobs/7f3a");
    server_.jobs.job.set_state(v1::QUEUED);
    server_.jobs.job.set_queue_position(2);
  }

  const v1::SubmitJobRequest& Submitted() {
    EXPECT_THAT(server_.jobs.submitted, SizeIs(1));
    return server_.jobs.submitted.front();
  }

  FakeServer server_;
  ClientRig rig_;
};

TEST_F(SubmitTest, SendsHeaderChunksAndDigest) {
  std::string content(600'000, 'x');
  content[500'000] = 'y';
  const TemporaryFile file("books.csv", content);
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--column", "sen", "--format", "tsv"}),
            ExitCode::kDone)
      << rig_.err.str();
  ASSERT_THAT(server_.corpora.headers, SizeIs(1));
  const v1::CorpusHeader& header = server_.corpora.headers[0];
  EXPECT_EQ(header.file_name(), "books.csv");
  EXPECT_EQ(header.format(), v1::TSV);
  EXPECT_EQ(header.column(), "sen");
  EXPECT_EQ(header.size_bytes(), 600'000);
  EXPECT_EQ(header.sha256(), "35c81d2e18ab9d10737ffe2451d127709e8edcdcde811c4624c01e2154bfab03");
  EXPECT_THAT(server_.corpora.chunk_sizes, ElementsAre(262'144, 262'144, 75'712));
  EXPECT_EQ(server_.corpora.content, content);
  EXPECT_EQ(Submitted().corpus(), "corpora/c1");
}

TEST_F(SubmitTest, ABrokenUploadGoesOnByItselfWhereTheServerIs) {
  std::string content(900'000, 'x');
  content[500'000] = 'y';
  const TemporaryFile file("books.txt", content);
  server_.corpora.breaks = {262'144, 600'000};
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--lang", "en"}), ExitCode::kDone)
      << rig_.err.str();
  EXPECT_THAT(server_.corpora.headers, SizeIs(3));
  EXPECT_THAT(server_.corpora.chunk_sizes, ElementsAre(262'144, 262'144, 262'144, 113'568));
  EXPECT_EQ(server_.corpora.content, content);
  EXPECT_THAT(rig_.waits, SizeIs(2));
  EXPECT_EQ(rig_.waits[0], rig_.waits[1]);  // each began with progress
  EXPECT_THAT(rig_.err.str(), HasSubstr("lost the connection"));
  EXPECT_EQ(Submitted().corpus(), "corpora/c1");
}

TEST_F(SubmitTest, AJobGoesOnFromAnother) {
  for (const std::string model : {"jobs/7f3a", "jobs/7f3a@60"}) {
    server_.jobs.submitted.clear();
    ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c1", "--model", model}), ExitCode::kDone)
        << rig_.err.str();
    EXPECT_EQ(Submitted().model(), model);
  }
}

TEST_F(SubmitTest, HowATableIsReadGoesWithIt) {
  const TemporaryFile file("books.csv", "id|text\n1|\"한\n");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--column", "text", "--delimiter", "|",
                      "--quoting", "none", "--deduplicate"}),
            ExitCode::kDone)
      << rig_.err.str();
  ASSERT_THAT(server_.corpora.headers, SizeIs(1));
  EXPECT_EQ(server_.corpora.headers[0].delimiter(), "|");
  EXPECT_EQ(server_.corpora.headers[0].quoting(), v1::QUOTING_NONE);
  EXPECT_TRUE(Submitted().hyperparameters().fields().at("deduplicate").bool_value());
  v1::Corpus& stored = server_.corpora.stored;
  stored.set_name("corpora/c1");
  stored.set_file_name("books.csv");
  stored.set_multi_line_sample_count(3);
  stored.set_longest_quote_begin(5);
  stored.set_longest_quote_end(1090);
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--column", "id", "--delimiter", "|"}),
            ExitCode::kDone)
      << rig_.err.str();
  EXPECT_THAT(
      rig_.err.str(),
      HasSubstr("quotes enclose line ends in 3 samples, the longest from line 5 to 1,090; if "
                "they are text, use --quoting none"));
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--delimiter", "||"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("delimiter: '||' is not a delimiter"));
}

TEST_F(SubmitTest, SeveralCorporaAreSentAndMixed) {
  const TemporaryFile books("books.csv", "text,id\n한 문장,1\n");
  const TemporaryFile general("general.txt", "다른 문장\n");
  const TemporaryFile held_out("held_out.txt", "셋째 문장\n");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", absl::StrCat(books.path(), ":text"), "--corpus",
                      general.path(), "--mix", "0.8,0.2", "--eval-corpus", held_out.path(),
                      "--eval-corpus", "stored=corpora/c9"}),
            ExitCode::kDone)
      << rig_.err.str();
  ASSERT_THAT(server_.corpora.headers, SizeIs(3));
  EXPECT_EQ(server_.corpora.headers[0].file_name(), "books.csv");
  EXPECT_EQ(server_.corpora.headers[0].column(), "text");
  EXPECT_EQ(server_.corpora.headers[1].file_name(), "general.txt");
  EXPECT_EQ(server_.corpora.headers[1].column(), "");
  const v1::SubmitJobRequest& request = Submitted();
  ASSERT_EQ(request.mix_size(), 2);
  EXPECT_EQ(request.mix(0).corpus(), request.corpus());
  EXPECT_EQ(request.mix(0).share(), 0.8);
  EXPECT_EQ(request.mix(1).corpus(), "corpora/c1");
  ASSERT_EQ(request.eval_corpora_size(), 2);
  EXPECT_EQ(request.eval_corpora(0).name(), "held_out");
  EXPECT_EQ(request.eval_corpora(0).corpus(), "corpora/c1");
  EXPECT_EQ(request.eval_corpora(1).name(), "stored");
  EXPECT_EQ(request.eval_corpora(1).corpus(), "corpora/c9");
}

TEST_F(SubmitTest, AMixHasAShareForEachCorpus) {
  for (const char* mix : {"0.8", "0.8,0.1,0.1", "0.8,x", "1,0"}) {
    EXPECT_EQ(rig_.Run({"submit", "--corpus", "corpora/a", "--corpus", "corpora/b", "--mix", mix}),
              ExitCode::kUsage);
    EXPECT_THAT(rig_.err.str(), HasSubstr(absl::StrCat("--mix ", mix)));
  }
  EXPECT_THAT(server_.jobs.submitted, IsEmpty());
}

TEST_F(SubmitTest, AJobFileMixesAndEvaluatesFilesBesideIt) {
  const TemporaryFile file("job.yaml",
                           "corpus: corpora/c1\nmix:\n  corpora/c2: 0.25\n"
                           "eval_corpora:\n  general: corpora/c3\n");
  ASSERT_EQ(rig_.Run({"submit", "--config", file.path()}), ExitCode::kDone) << rig_.err.str();
  const v1::SubmitJobRequest& request = Submitted();
  ASSERT_EQ(request.mix_size(), 2);
  EXPECT_EQ(request.mix(0).corpus(), "corpora/c1");
  EXPECT_EQ(request.mix(0).share(), 0.75);
  EXPECT_EQ(request.mix(1).corpus(), "corpora/c2");
  EXPECT_EQ(request.mix(1).share(), 0.25);
  ASSERT_EQ(request.eval_corpora_size(), 1);
  EXPECT_EQ(request.eval_corpora(0).name(), "general");
}

TEST_F(SubmitTest, WhatTheServerKeptWronglyIsSentOnceMore) {
  server_.corpora.content = "not this";
  server_.corpora.damages_what_it_kept = true;
  const TemporaryFile file("books.txt", "a longer content\n");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path()}), ExitCode::kDone) << rig_.err.str();
  EXPECT_EQ(server_.corpora.content, "a longer content\n");
}

TEST_F(SubmitTest, WhatIsStoredIsNotSent) {
  server_.corpora.stored.set_name("corpora/c7");
  const TemporaryFile file("books.txt", "a\n");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path()}), ExitCode::kDone);
  EXPECT_THAT(server_.corpora.headers, IsEmpty());
  EXPECT_EQ(Submitted().corpus(), "corpora/c7");
}

TEST_F(SubmitTest, WithoutFormatTheServerDecides) {
  const TemporaryFile file("books.txt", "한 문장\n");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path()}), ExitCode::kDone);
  EXPECT_EQ(server_.corpora.headers[0].format(), v1::CORPUS_FORMAT_UNSPECIFIED);
  EXPECT_EQ(server_.corpora.headers[0].column(), "");
}

TEST_F(SubmitTest, AnEmptyCorpusIsForTheServerToRefuse) {
  server_.corpora.upload_status = {grpc::StatusCode::INVALID_ARGUMENT, "the corpus is empty"};
  const TemporaryFile file("books.txt", "");
  EXPECT_EQ(rig_.Run({"submit", "--corpus", file.path()}), ExitCode::kRefused);
  EXPECT_EQ(rig_.err.str(), "electra: the corpus is empty\n");
  EXPECT_THAT(server_.jobs.submitted, IsEmpty());
}

TEST_F(SubmitTest, AnUploadThatIsRefusedEarlyIsOneError) {
  server_.corpora.upload_status = {grpc::StatusCode::INVALID_ARGUMENT,
                                   "no column 'x'; there are: sen, id"};
  const TemporaryFile file("books.csv", std::string(8 << 20, 'x'));
  EXPECT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--column", "x"}), ExitCode::kRefused);
  EXPECT_EQ(rig_.err.str(), "electra: no column 'x'; there are: sen, id\n");
  EXPECT_THAT(server_.jobs.submitted, IsEmpty());
}

TEST_F(SubmitTest, NothingOfACorpusIsSentBeforeTheServerAgrees) {
  server_.jobs.estimate_statuses = {
      BadRequestStatus("priority is 101", {{"priority", "priority is 101"}})};
  const TemporaryFile file("books.csv", "text\na\n");
  const TemporaryFile vocab("vocab.txt", "[PAD]\n[UNK]\n");
  const TemporaryFile probe("probe.txt", "한 문장\n");
  EXPECT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--column", "text", "--encoding", "cp949",
                      "--vocab", vocab.path(), "--model", "tiny", "--name", "책", "--priority",
                      "100", "--probe", probe.path(), "--set", "device=cuda:9"}),
            ExitCode::kRefused);
  EXPECT_EQ(rig_.err.str(), "electra: priority is 101\n");
  EXPECT_THAT(server_.corpora.headers, IsEmpty());
  ASSERT_THAT(server_.jobs.estimated, SizeIs(1));
  const v1::EstimateJobRequest& asked = server_.jobs.estimated[0];
  EXPECT_EQ(asked.model(), "models/tiny");
  EXPECT_EQ(asked.display_name(), "책");
  EXPECT_EQ(asked.priority(), 100);
  EXPECT_THAT(asked.probe(), ElementsAre("한 문장"));
  EXPECT_EQ(asked.vocabulary(), "[PAD]\n[UNK]\n");
  EXPECT_EQ(asked.hyperparameters().fields().at("device").string_value(), "cuda:9");
  EXPECT_EQ(asked.header().file_name(), "books.csv");
  EXPECT_EQ(asked.header().column(), "text");
  EXPECT_EQ(asked.header().encoding(), "cp949");
  EXPECT_EQ(asked.header().size_bytes(), 7);
  EXPECT_FALSE(asked.has_sample());
}

TEST_F(SubmitTest, AColumnThatIsNotThereIsFoundBeforeAnythingIsSent) {
  const TemporaryFile file("books.csv", "id,sen\n1,a\n");
  EXPECT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--column", "text"}), ExitCode::kUsage);
  EXPECT_EQ(rig_.err.str(),
            "electra: books.csv: there is no column \"text\"; there are \"id\", \"sen\"\n");
  EXPECT_THAT(server_.jobs.estimated, IsEmpty());
  EXPECT_THAT(server_.corpora.headers, IsEmpty());
}

TEST_F(SubmitTest, AnOlderServerThatCannotBeAskedGetsTheCorpus) {
  server_.jobs.estimate_statuses = {{grpc::StatusCode::UNIMPLEMENTED, "EstimateJob"}};
  const TemporaryFile file("books.txt", "a\n");
  EXPECT_EQ(rig_.Run({"submit", "--corpus", file.path()}), ExitCode::kDone) << rig_.err.str();
  EXPECT_EQ(Submitted().corpus(), "corpora/c1");
}

TEST_F(SubmitTest, AServerOfThisMachineThatIsNotThereYetIsWaitedFor) {
  server_.Stop();
  const TemporaryFile file("books.txt", "a\n");
  EXPECT_EQ(rig_.Run({"submit", "--corpus", file.path()}), ExitCode::kNoServer);
  EXPECT_THAT(rig_.err.str(), HasSubstr("electra: waiting for the server at " + rig_.server + "\n" +
                                        "electra: no server at " + rig_.server));
  absl::Duration waited;
  for (const absl::Duration wait : rig_.waits) waited += wait;
  EXPECT_EQ(waited, absl::Seconds(10));
}

TEST_F(SubmitTest, TheRequestHoldsEverything) {
  const TemporaryFile vocab("vocab.txt", "[PAD]\n[UNK]\n");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--vocab", vocab.path(), "--model",
                      "small", "--name", "책", "--priority", "-5", "--set", "learning_rate=1e-4",
                      "truncate=true", "--set", "device=cpu"}),
            ExitCode::kDone)
      << rig_.err.str();
  const v1::SubmitJobRequest& request = Submitted();
  EXPECT_EQ(request.corpus(), "corpora/c9");
  EXPECT_EQ(request.model(), "models/small");
  EXPECT_EQ(request.display_name(), "책");
  EXPECT_EQ(request.priority(), -5);
  EXPECT_EQ(request.vocabulary(), "[PAD]\n[UNK]\n");
  const auto& fields = request.hyperparameters().fields();
  ASSERT_EQ(fields.size(), 3u);
  EXPECT_EQ(fields.at("learning_rate").number_value(), 1e-4);
  EXPECT_TRUE(fields.at("truncate").bool_value());
  EXPECT_EQ(fields.at("device").string_value(), "cpu");
  EXPECT_THAT(server_.corpora.headers, IsEmpty());
}

TEST_F(SubmitTest, WhatIsOddAboutTheTextIsWarnedOf) {
  server_.jobs.job.add_warnings(
      "900 of 1000 samples have the same tokens as an earlier one (duplicates); no copy of "
      "held-out "
      "text is trained on");
  v1::MessageCode& code = *server_.jobs.job.add_warning_codes();
  code.set_code("DUPLICATE_SAMPLES");
  code.mutable_args()->insert({{"copies", "900"}, {"samples", "1000"}});
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--allow-unknown", "--lang", "ko"}),
            ExitCode::kDone)
      << rig_.err.str();
  EXPECT_THAT(rig_.err.str(), HasSubstr("경고: 샘플 1000개 중 900개가 앞의 것과 토큰이 같습니다"));
  EXPECT_TRUE(Submitted().hyperparameters().fields().at("allow_unknown").bool_value());
  rig_.err.str("");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--json"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("\"warnings\":[\"900 of 1000"));
  EXPECT_EQ(rig_.err.str(), "");
}

TEST_F(SubmitTest, OptionsWinOverTheJobFile) {
  const TemporaryFile config("job.yaml",
                             "corpus: corpora/c9\nmodel: base\nname: from file\npriority: 3\n"
                             "notify: https://file.example/hook\n"
                             "hyperparameters:\n  epochs: 3\n  seed: 1\n");
  ASSERT_EQ(rig_.Run({"submit", "--config", config.path(), "--model", "tiny", "--set", "epochs=7"}),
            ExitCode::kDone)
      << rig_.err.str();
  const v1::SubmitJobRequest& request = Submitted();
  EXPECT_EQ(request.model(), "models/tiny");
  EXPECT_EQ(request.display_name(), "from file");
  EXPECT_EQ(request.priority(), 3);
  EXPECT_EQ(request.notify_url(), "https://file.example/hook");
  EXPECT_EQ(request.hyperparameters().fields().at("epochs").number_value(), 7);
  EXPECT_EQ(request.hyperparameters().fields().at("seed").number_value(), 1);
  ASSERT_EQ(rig_.Run({"submit", "--config", config.path(), "--notify", "https://given.example"}),
            ExitCode::kDone);
  EXPECT_EQ(server_.jobs.submitted.back().notify_url(), "https://given.example");
}

TEST_F(SubmitTest, EachRequestHasAnIdentifierOfItsOwn) {
  std::set<std::string> identifiers;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9"}), ExitCode::kDone);
    const std::string& id = server_.jobs.submitted.back().request_id();
    EXPECT_THAT(id, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                 "[0-9a-f]{12}"));
    identifiers.insert(id);
  }
  EXPECT_THAT(identifiers, SizeIs(5));
}

TEST_F(SubmitTest, ARepeatedRequestKeepsItsIdentifier) {
  server_.jobs.submit_statuses = {{grpc::StatusCode::UNAVAILABLE, "busy"}};
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9"}), ExitCode::kDone);
  ASSERT_THAT(server_.jobs.submitted, SizeIs(2));
  EXPECT_EQ(server_.jobs.submitted[0].request_id(), server_.jobs.submitted[1].request_id());
  EXPECT_THAT(rig_.waits, ElementsAre(absl::Milliseconds(500)));
}

TEST_F(SubmitTest, VocabulariesThatCannotBeSentAreRefusedHere) {
  const TemporaryFile large("vocab.txt", std::string((7 << 19) + 1, 'x'));
  EXPECT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--vocab", large.path()}),
            ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("at most 3.5 MiB can be sent"));
  const TemporaryFile empty("vocab.txt", "");
  EXPECT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--vocab", empty.path()}),
            ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("is empty; omit --vocab"));
  EXPECT_THAT(server_.jobs.submitted, IsEmpty());
}

TEST_F(SubmitTest, ProbeSentencesAreTheLinesOfTheirFile) {
  const TemporaryFile probe("probe.txt", "\xEF\xBB\xBF웹 앱이다.\r\n\n  둘째 문장 \n");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--probe", probe.path()}),
            ExitCode::kDone)
      << rig_.err.str();
  EXPECT_THAT(Submitted().probe(), ElementsAre("웹 앱이다.", "둘째 문장"));

  const TemporaryFile torn("probe.txt", "한 줄\n\xB0\xA1\n");
  EXPECT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--probe", torn.path()}),
            ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("line 2 of the probe file"));
  const TemporaryFile blank("probe.txt", "\n \n");
  EXPECT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--probe", blank.path()}),
            ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("contains no sentences"));
}

TEST_F(SubmitTest, ALargestVocabularyArrives) {
  const TemporaryFile vocab("vocab.txt", std::string(7 << 19, 'x'));
  EXPECT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--vocab", vocab.path()}),
            ExitCode::kDone)
      << rig_.err.str();
}

TEST_F(SubmitTest, RefusedHyperparametersAreOneLineEach) {
  server_.jobs.submit_statuses = {BadRequestStatus(
      "2 hyperparameters are refused",
      {{"hyperparameters.epochs", "-1: 1 to 100000"}, {"hyperparameters.sed", "unknown"}})};
  const TemporaryFile file("books.txt", "x\n");
  EXPECT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--set", "epochs=-1", "sed=1"}),
            ExitCode::kRefused);
  EXPECT_EQ(rig_.err.str(),
            "electra: 2 hyperparameters are refused\n"
            "  hyperparameters.epochs: -1: 1 to 100000\n"
            "  hyperparameters.sed: unknown\n"
            "  the corpus is on the server; use --corpus corpora/c1 to submit without "
            "uploading it again\n");
  EXPECT_THAT(rig_.out.str(), IsEmpty());
}

TEST_F(SubmitTest, APipeGetsTheNameOnly) {
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "jobs/7f3a\n");
  EXPECT_THAT(rig_.err.str(), HasSubstr("electra --server " + rig_.server + " watch 7f3a"));
}

TEST_F(SubmitTest, ATerminalGetsPositionAndHints) {
  rig_.UseTerminal(80);
  const TemporaryFile file("books.txt", "x\n");
  ASSERT_EQ(rig_.Run({"submit", "--corpus", file.path(), "--lang", "ko"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "jobs/7f3a 대기열 2번째\n지켜보기:  electra --server " + rig_.server +
                                " watch 7f3a\n취소하기:  electra --server " + rig_.server +
                                " job cancel 7f3a\n");
  EXPECT_THAT(rig_.err.str(), HasSubstr("books.txt 읽는 중 100%"));
  EXPECT_THAT(rig_.err.str(), HasSubstr("books.txt → corpora/c1 (샘플 3개)\n"));
}

TEST_F(SubmitTest, JsonIsTheJob) {
  ASSERT_EQ(rig_.Run({"--json", "submit", "--corpus", "corpora/c9"}), ExitCode::kDone);
  const nlohmann::json job =
      nlohmann::json::parse(rig_.out.str().substr(0, rig_.out.str().find('\n')), nullptr, false);
  ASSERT_TRUE(job.is_object()) << rig_.out.str();
  EXPECT_EQ(job["name"], "jobs/7f3a");
  EXPECT_EQ(job["queue_position"], 2);
  EXPECT_EQ(CountLines(rig_.out.str()), 1u);
}

TEST_F(SubmitTest, WatchGoesOnWithTheJob) {
  server_.training.streams.push_back(
      [](const v1::WatchJobRequest&, grpc::ServerWriter<v1::TrainingEvent>& writer) {
        v1::TrainingEvent event;
        event.set_sequence(1);
        event.mutable_state_change()->set_to(v1::SUCCEEDED);
        writer.Write(event);
        return grpc::Status::OK;
      });
  ASSERT_EQ(rig_.Run({"submit", "--corpus", "corpora/c9", "--watch", "--lang", "en"}),
            ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("jobs/7f3a is queued, position 2\n"));
  EXPECT_THAT(rig_.out.str(), HasSubstr("succeeded"));
  EXPECT_THAT(rig_.out.str(), Not(HasSubstr("cancel")));
  EXPECT_EQ(server_.training.requests[0].name(), "jobs/7f3a");
}

TEST_F(SubmitTest, AnInterruptedUploadEndsQuietly) {
  rig_.interruption.Trigger();
  const TemporaryFile file("books.txt", "x\n");
  EXPECT_EQ(rig_.Run({"submit", "--corpus", file.path()}), ExitCode::kInterrupted);
  EXPECT_THAT(rig_.err.str(), IsEmpty());
  EXPECT_THAT(server_.jobs.submitted, IsEmpty());
}

}  // namespace
}  // namespace electra::client
