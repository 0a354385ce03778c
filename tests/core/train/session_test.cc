#include "core/train/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "core/model/presets.h"
#include "core/train/random.h"

namespace electra {
namespace {

using ::testing::HasSubstr;

constexpr SpecialTokenIds kSpecial;

// Sentences of a small artificial language in which the next token follows from the last, so that
// a model can learn it.
struct Corpus {
  explicit Corpus(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      KeyedRandom random({i});
      uint64_t token = random.Below(40);
      const uint64_t length = 4 + random.Below(12);
      for (uint64_t j = 0; j < length; ++j) {
        ids.push_back(static_cast<int32_t>(10 + token));
        token = (token * 3 + 1) % 40;
      }
      offsets.push_back(ids.size());
    }
  }
  TokenSequences sequences() const { return {.ids = ids, .offsets = offsets}; }

  std::vector<int32_t> ids;
  std::vector<uint64_t> offsets = {0};
};

SessionOptions SmallOptions() {
  SetThreadCount(1);  // the models are too small for more to help
  SessionOptions options;
  options.hyperparameters.learning_rate = 1e-3;
  for (ElectraConfig* config : {&options.model.generator, &options.model.discriminator}) {
    config->vocab_size = 50;
    config->embedding_size = 16;
    config->hidden_size = 24;
    config->num_hidden_layers = 2;
    config->num_attention_heads = 2;
    config->intermediate_size = 48;
    config->max_position_embeddings = 32;
  }
  return options;
}

SessionOptions WithoutDropout(SessionOptions options) {
  options.hyperparameters.hidden_dropout_prob = 0;
  options.hyperparameters.attention_probs_dropout_prob = 0;
  return options;
}

PackedBatch Batch(const Corpus& corpus, uint64_t first, uint64_t count, uint64_t epoch = 0) {
  std::vector<uint64_t> sequences(count);
  std::iota(sequences.begin(), sequences.end(), first);
  return MakeBatch(corpus.sequences(), sequences, kSpecial,
                   {.mlm_probability = 0.15, .replace_prob = 0.85, .seed = 1, .epoch = epoch});
}

StepResult RunStep(TrainingSession& session, int64_t step, std::span<const PackedBatch> batches) {
  session.Step({.step = step,
                .learning_rate = 1e-3,
                .micro_batches = batches,
                .observed_sequence = std::nullopt});
  return session.TakeResults().back();
}

double LossOf(const StepResult& result) { return MeanMetrics(result.sums, 1, 50).combined_loss; }

const NamedArray& Find(const std::vector<NamedArray>& arrays, const std::string& name) {
  for (const NamedArray& array : arrays) {
    if (array.name == name) return array;
  }
  throw std::out_of_range(name);
}

TEST(TrainingSessionTest, LearnsAndReportsPlausibleSums) {
  const Corpus corpus(64);
  TrainingSession session(SmallOptions());
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 64)};
  const StepResult first = RunStep(session, 1, batches);
  EXPECT_EQ(first.sums.tokens, batches[0].token_count());
  EXPECT_EQ(first.sums.masked, batches[0].masked_count());
  EXPECT_LE(first.sums.fakes, first.sums.masked);
  EXPECT_LE(first.sums.caught, std::min(first.sums.fakes, first.sums.suspected));
  // An untrained generator guesses: ln 50 nats, and an untrained discriminator ln 2.
  EXPECT_NEAR(first.sums.generator_loss / static_cast<double>(first.sums.masked), std::log(50),
              0.2);
  EXPECT_NEAR(first.sums.discriminator_loss / static_cast<double>(first.sums.tokens), std::log(2),
              0.1);
  EXPECT_GT(first.gradient_norm, 0);

  StepResult last;
  for (int64_t step = 2; step <= 100; ++step) last = RunStep(session, step, batches);
  EXPECT_LT(LossOf(last), 0.7 * LossOf(first));
  EXPECT_LT(last.sums.generator_loss, 0.9 * first.sums.generator_loss);
}

TEST(TrainingSessionTest, TheSameSeedGivesTheSameBits) {
  const Corpus corpus(32);
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 32)};
  TrainingSession a(SmallOptions());
  TrainingSession b(SmallOptions());
  SessionOptions other = SmallOptions();
  other.hyperparameters.seed = 43;
  TrainingSession c(other);
  const double loss = LossOf(RunStep(a, 1, batches));
  EXPECT_EQ(loss, LossOf(RunStep(b, 1, batches)));
  EXPECT_NE(loss, LossOf(RunStep(c, 1, batches)));
}

// One denominator for the whole step, so that micro-batches of unlike sizes count by their tokens.
TEST(TrainingSessionTest, AccumulationEqualsOneLargeBatch) {
  const Corpus corpus(24);
  SessionOptions options = WithoutDropout(SmallOptions());
  // No fakes: what the generator samples depends on the place of a token in the batch.
  options.hyperparameters.temperature = 1e-6;
  TrainingSession whole(options);
  TrainingSession split(options);
  const std::vector<PackedBatch> one = {Batch(corpus, 0, 24)};
  const std::vector<PackedBatch> three = {Batch(corpus, 0, 3), Batch(corpus, 3, 15),
                                          Batch(corpus, 18, 6)};
  const StepResult a = RunStep(whole, 1, one);
  const StepResult b = RunStep(split, 1, three);
  EXPECT_EQ(a.sums.tokens, b.sums.tokens);
  EXPECT_NEAR(LossOf(a), LossOf(b), 1e-4 * LossOf(a));
  EXPECT_NEAR(a.gradient_norm, b.gradient_norm, 1e-3 * a.gradient_norm);
}

// What a batch gives does not depend on how long its longest sequence is: there is no padding.
TEST(TrainingSessionTest, ASequenceCountsTheSameInAnyCompany) {
  const Corpus corpus(24);
  SessionOptions options = WithoutDropout(SmallOptions());
  TrainingSession session(options);
  double apart = 0;
  for (uint64_t i = 0; i < 24; ++i) {
    apart += session.Evaluate(Batch(corpus, i, 1), 0).generator_loss;
  }
  const double together = session.Evaluate(Batch(corpus, 0, 24), 0).generator_loss;
  EXPECT_NEAR(apart, together, 1e-4 * together);
}

TEST(TrainingSessionTest, ARestoredSessionGoesOnBitByBit) {
  const Corpus corpus(32);
  TrainingSession undisturbed(SmallOptions());
  SessionState saved;
  for (int64_t step = 1; step <= 8; ++step) {
    const std::vector<PackedBatch> batches = {Batch(corpus, 0, 32, static_cast<uint64_t>(step))};
    RunStep(undisturbed, step, batches);
    if (step == 4) saved = undisturbed.CopyState();
  }
  TrainingSession resumed(SmallOptions());
  resumed.RestoreState(saved);
  for (int64_t step = 5; step <= 8; ++step) {
    const std::vector<PackedBatch> batches = {Batch(corpus, 0, 32, static_cast<uint64_t>(step))};
    RunStep(resumed, step, batches);
  }
  const SessionState a = undisturbed.CopyState();
  const SessionState b = resumed.CopyState();
  ASSERT_EQ(a.generator.size(), b.generator.size());
  for (size_t i = 0; i < a.generator.size(); ++i) {
    EXPECT_EQ(a.generator[i].values, b.generator[i].values) << a.generator[i].name;
  }
  for (size_t i = 0; i < a.discriminator.size(); ++i) {
    EXPECT_EQ(a.discriminator[i].values, b.discriminator[i].values) << a.discriminator[i].name;
  }
}

TEST(TrainingSessionTest, RestoreNamesWhatDoesNotFit) {
  TrainingSession session(SmallOptions());
  const auto problem = [&](const SessionState& state) -> std::string {
    try {
      session.RestoreState(state);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  SessionState state = session.CopyState();
  EXPECT_EQ(problem(state), "");
  state.generator[3].shape.push_back(1);
  EXPECT_THAT(problem(state), HasSubstr(state.generator[3].name));
  state = session.CopyState();
  state.discriminator.pop_back();
  EXPECT_THAT(problem(state), HasSubstr("is missing"));
  state = session.CopyState();
  state.discriminator.push_back({.name = "electra.extra", .shape = {1}, .values = {0}});
  EXPECT_THAT(problem(state), HasSubstr("electra.extra"));
}

TEST(TrainingSessionTest, WordEmbeddingsAreSharedByDefault) {
  const std::string word = "electra.embeddings.word_embeddings.weight";
  const std::string position = "electra.embeddings.position_embeddings.weight";
  const Corpus corpus(16);
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 16)};
  for (SharedEmbeddings shared :
       {SharedEmbeddings::kWord, SharedEmbeddings::kAll, SharedEmbeddings::kNone}) {
    SessionOptions options = SmallOptions();
    options.hyperparameters.shared_embeddings = shared;
    TrainingSession session(options);
    RunStep(session, 1, batches);
    const SessionState state = session.CopyState();
    const bool same_words =
        Find(state.generator, word).values == Find(state.discriminator, word).values;
    const bool same_positions =
        Find(state.generator, position).values == Find(state.discriminator, position).values;
    EXPECT_EQ(same_words, shared != SharedEmbeddings::kNone);
    EXPECT_EQ(same_positions, shared == SharedEmbeddings::kAll);
  }
}

TEST(TrainingSessionTest, ParameterCountIsThePresets) {
  ModelConfig model = FindModelPreset("tiny")->config;
  model.generator.vocab_size = model.discriminator.vocab_size = 100;
  SessionOptions options;
  options.model = model;
  EXPECT_EQ(TrainingSession(options).parameter_count(), ParameterCount(model));
}

TEST(TrainingSessionTest, TheObservedSequenceIsWhole) {
  const Corpus corpus(8);
  TrainingSession session(SmallOptions());
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 8)};
  EXPECT_FALSE(session.TakePrediction().has_value());
  session.Step(
      {.step = 1, .learning_rate = 1e-3, .micro_batches = batches, .observed_sequence = 2});
  const std::optional<SequencePrediction> prediction = session.TakePrediction();
  ASSERT_TRUE(prediction.has_value());
  const PackedSequence& packed = batches[0].sequences[2];
  const auto length = static_cast<size_t>(packed.length);
  EXPECT_EQ(prediction->sequence, packed.sequence);
  ASSERT_EQ(prediction->original_ids.size(), length);
  ASSERT_EQ(prediction->fake_ids.size(), length);
  ASSERT_EQ(prediction->masked.size(), length);
  ASSERT_EQ(prediction->fake_probabilities.size(), length);
  for (size_t i = 0; i < length; ++i) {
    EXPECT_EQ(prediction->original_ids[i],
              batches[0].original_ids[static_cast<size_t>(packed.first_token) + i]);
    EXPECT_TRUE(prediction->masked[i] || prediction->fake_ids[i] == prediction->original_ids[i]);
    EXPECT_GE(prediction->fake_probabilities[i], 0);
    EXPECT_LE(prediction->fake_probabilities[i], 1);
  }
  EXPECT_FALSE(session.TakePrediction().has_value());
}

TEST(TrainingSessionTest, EvaluationRepeatsItself) {
  const Corpus corpus(16);
  TrainingSession session(SmallOptions());
  const PackedBatch batch = Batch(corpus, 0, 16);
  const TokenSums first = session.Evaluate(batch, 3);
  RunStep(session, 1, std::vector<PackedBatch>{Batch(corpus, 0, 16)});
  TrainingSession fresh(SmallOptions());
  const TokenSums again = fresh.Evaluate(batch, 3);
  EXPECT_EQ(first.generator_loss, again.generator_loss);
  EXPECT_EQ(first.discriminator_loss, again.discriminator_loss);
}

TEST(ResolveDeviceTest, KnowsTheProcessorAndRefusesTheRest) {
  std::string problem;
  EXPECT_EQ(ResolveDevice("cpu", &problem), "cpu");
  EXPECT_NE(ResolveDevice("auto", &problem), "");
  EXPECT_EQ(ResolveDevice("cuda:99", &problem), "");
  EXPECT_THAT(problem, HasSubstr("cuda:99"));
  EXPECT_EQ(ResolveDevice("tpu", &problem), "");
  EXPECT_THAT(problem, HasSubstr("tpu"));
  EXPECT_EQ(ListDevices().front().name, "cpu");
}

}  // namespace
}  // namespace electra
