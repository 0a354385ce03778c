#include "core/session/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/batch/random.h"
#include "core/session/device.h"
#include "core/shape/presets.h"

namespace electra {
namespace {

using ::testing::HasSubstr;

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
  SetThreadCount(1);  // the models are too small to gain from more
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
  return MakeBatch(corpus.sequences(), sequences, SpecialTokenIds{},
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

void ExpectEqual(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].values, b[i].values) << a[i].name;
}

void ExpectEqual(const SessionState& a, const SessionState& b) {
  ExpectEqual(a.generator, b.generator);
  ExpectEqual(a.discriminator, b.discriminator);
  ExpectEqual(a.first_moments, b.first_moments);
  ExpectEqual(a.second_moments, b.second_moments);
  ExpectEqual(a.trained, b.trained);
  ExpectEqual(a.extras, b.extras);
  EXPECT_EQ(a.skipped_steps, b.skipped_steps);
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

// One denominator for the whole step, so that micro-batches of different sizes count by their
// tokens.
TEST(TrainingSessionTest, AccumulationEqualsOneLargeBatch) {
  const Corpus corpus(24);
  SessionOptions options = WithoutDropout(SmallOptions());
  // No fakes: the generator's samples depend on a token's place in the batch.
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

// A batch's results do not depend on its longest sequence: there is no padding.
// A card's computation, on a processor: weights stay in float32, and their copies follow them.
TEST(TrainingSessionTest, ProductsInBFloat16LearnAsThoseInFloat32) {
  const Corpus corpus(8);
  const PackedBatch batch = Batch(corpus, 0, 8);
  const auto losses = [&](Bf16 bf16, int64_t steps, bool recomputes) {
    SessionOptions options = WithoutDropout(SmallOptions());
    options.hyperparameters.bf16 = bf16;
    options.hyperparameters.gradient_checkpointing = recomputes;
    options.hyperparameters.temperature = 1e-7;  // both sample the likeliest
    TrainingSession session(options);
    std::vector<double> all;
    for (int64_t step = 1; step <= steps; ++step) {
      all.push_back(LossOf(RunStep(session, step, {&batch, 1})));
    }
    return all;
  };
  const std::vector<double> exact = losses(Bf16::kAuto, 12, false);
  const std::vector<double> rounded = losses(Bf16::kTrue, 12, false);
  for (size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(rounded[i], exact[i], 0.02 * exact[i]) << i;
  EXPECT_LT(exact.back(), 0.95 * exact.front());
  EXPECT_EQ(losses(Bf16::kTrue, 3, true),
            std::vector<double>(rounded.begin(), rounded.begin() + 3));
}

// With a learning rate of 1e-4. At ten times that the likeliest fakes flip with any rounding, and
// float32 and float64 differ by percents too (core/README.md).
TEST(TrainingSessionTest, ProductsInBFloat16HaveTheLossOfFloat32After300Steps) {
  const Corpus corpus(64);
  constexpr int64_t kSteps = 300;
  constexpr int64_t kMean = 50;  // the first and the last steps are averaged
  const auto loss = [&](Bf16 bf16) {
    SessionOptions options = WithoutDropout(SmallOptions());
    options.hyperparameters.bf16 = bf16;
    options.hyperparameters.temperature = 1e-7;  // both sample the likeliest
    TrainingSession session(options);
    std::pair<double, double> sums;
    for (int64_t step = 1; step <= kSteps; ++step) {
      const auto turn = static_cast<uint64_t>(step);
      const PackedBatch batch = Batch(corpus, turn % 8 * 8, 8, /*epoch=*/turn);
      session.Step({.step = step,
                    .learning_rate = 1e-4,
                    .micro_batches = {&batch, 1},
                    .observed_sequence = std::nullopt});
      const double own = LossOf(session.TakeResults().back());
      if (step <= kMean) sums.first += own;
      if (step > kSteps - kMean) sums.second += own;
    }
    return sums;
  };
  const auto [first, last] = loss(Bf16::kFalse);
  EXPECT_LT(last, 0.8 * first);
  const double rounded = loss(Bf16::kTrue).second;
  EXPECT_NEAR(rounded, last, 0.01 * last);
  EXPECT_NE(rounded, last);
}

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

// Dropout repeats itself where a layer runs a second time, to the bit.
TEST(TrainingSessionTest, RecomputedActivationsChangeNothing) {
  const Corpus corpus(32);
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 32)};
  SessionOptions options = SmallOptions();
  TrainingSession kept(options);
  options.hyperparameters.gradient_checkpointing = true;
  TrainingSession recomputed(options);
  for (int64_t step = 1; step <= 3; ++step) {
    const StepResult a = RunStep(kept, step, batches);
    const StepResult b = RunStep(recomputed, step, batches);
    EXPECT_EQ(LossOf(a), LossOf(b));
    EXPECT_EQ(a.gradient_norm, b.gradient_norm);
  }
}

TEST(TrainingSessionTest, TryingABatchChangesNothing) {
  const Corpus corpus(32);
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 32)};
  TrainingSession tried(SmallOptions());
  TrainingSession undisturbed(SmallOptions());
  EXPECT_TRUE(tried.Fits(batches[0]));
  EXPECT_TRUE(tried.TakeResults().empty());
  EXPECT_EQ(LossOf(RunStep(tried, 1, batches)), LossOf(RunStep(undisturbed, 1, batches)));
  EXPECT_EQ(LossOf(RunStep(tried, 2, batches)), LossOf(RunStep(undisturbed, 2, batches)));
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

// The generator learns as if alone, whatever the discriminator does with its table.
TEST(TrainingSessionTest, WithGdesTheDiscriminatorLeavesTheGeneratorsTableAlone) {
  const Corpus corpus(16);
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 16)};
  SessionOptions options = SmallOptions();
  options.hyperparameters.max_grad_norm = 1e9;  // that of all gradients changes nothing
  options.hyperparameters.shared_embeddings = SharedEmbeddings::kNone;
  TrainingSession apart(options);
  options.hyperparameters.shared_embeddings = SharedEmbeddings::kGdes;
  TrainingSession on_top(options);
  const std::string word = "electra.embeddings.word_embeddings.weight";
  const SessionState start = on_top.CopyState();
  EXPECT_EQ(Find(start.discriminator, word).values, Find(start.generator, word).values);
  for (int64_t step = 1; step <= 5; ++step) {
    RunStep(apart, step, batches);
    RunStep(on_top, step, batches);
  }
  const SessionState state = on_top.CopyState();
  ExpectEqual(state.generator, apart.CopyState().generator);
  EXPECT_NE(Find(state.discriminator, word).values, Find(state.generator, word).values);
}

TEST(TrainingSessionTest, WithGdesNetworksFromElsewhereKeepTheirTables) {
  SessionOptions options = SmallOptions();
  options.hyperparameters.shared_embeddings = SharedEmbeddings::kNone;
  const SessionState imported = TrainingSession(options).CopyWeights();
  options.hyperparameters.shared_embeddings = SharedEmbeddings::kGdes;
  TrainingSession session(options);
  session.RestoreState(imported);
  const std::string word = "electra.embeddings.word_embeddings.weight";
  const SessionState state = session.CopyWeights();
  EXPECT_EQ(Find(state.generator, word).values, Find(imported.generator, word).values);
  const std::vector<float>& expected = Find(imported.discriminator, word).values;
  const std::vector<float>& actual = Find(state.discriminator, word).values;
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-7);
}

// The kernels for processors, and libtorch's operations in float64.
TEST(TrainingSessionTest, WithGdesBothWaysToComputeAgree) {
  const Corpus corpus(16);
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 16)};
  SessionOptions options = WithoutDropout(SmallOptions());
  options.hyperparameters.shared_embeddings = SharedEmbeddings::kGdes;
  options.hyperparameters.temperature = 1e-6;  // as above
  TrainingSession kernels(options);
  options.processor_arithmetic = ProcessorArithmetic::kLibtorchFloat64;
  TrainingSession reference(options);
  reference.RestoreState(kernels.CopyWeights());
  for (int64_t step = 1; step <= 5; ++step) {
    const StepResult a = RunStep(kernels, step, batches);
    const StepResult b = RunStep(reference, step, batches);
    EXPECT_NEAR(LossOf(a), LossOf(b), 1e-5 * LossOf(b));
    EXPECT_NEAR(a.gradient_norm, b.gradient_norm, 1e-4 * b.gradient_norm);
  }
}

SessionOptions WithTokenWeights() {
  SessionOptions options = WithoutDropout(SmallOptions());
  options.hyperparameters.disc_token_weights = DiscTokenWeights::kDomain;
  options.hyperparameters.temperature = 1e-6;  // as above
  return options;
}

TEST(TrainingSessionTest, WeighedTokensAccumulateToOneLargeBatch) {
  const Corpus corpus(24);
  std::vector<float> weights(50, 1.0F);
  for (size_t id = 10; id < 50; id += 3) weights[id] = 2.5F;
  TrainingSession whole(WithTokenWeights());
  TrainingSession split(WithTokenWeights());
  TrainingSession even(WithTokenWeights());
  whole.SetTokenWeights(weights);
  split.SetTokenWeights(weights);
  const std::vector<PackedBatch> one = {Batch(corpus, 0, 24)};
  const std::vector<PackedBatch> three = {Batch(corpus, 0, 3), Batch(corpus, 3, 15),
                                          Batch(corpus, 18, 6)};
  EXPECT_GT(whole.TokenWeight(one), even.TokenWeight(one));
  EXPECT_EQ(even.TokenWeight(one), static_cast<double>(one[0].token_count()));
  const StepResult a = RunStep(whole, 1, one);
  const StepResult b = RunStep(split, 1, three);
  const StepResult c = RunStep(even, 1, one);
  EXPECT_NEAR(a.gradient_norm, b.gradient_norm, 1e-3 * a.gradient_norm);
  EXPECT_GT(std::abs(a.gradient_norm - c.gradient_norm), 1e-3 * c.gradient_norm);
  // Reports count every token once.
  EXPECT_EQ(a.sums.discriminator_loss, c.sums.discriminator_loss);
}

// It is a mean: equal weights change nothing.
TEST(TrainingSessionTest, OnlyDifferencesOfTokenWeightsCount) {
  const Corpus corpus(24);
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 24)};
  TrainingSession heavy(WithTokenWeights());
  TrainingSession even(WithTokenWeights());
  heavy.SetTokenWeights(std::vector<float>(50, 2.0F));
  EXPECT_EQ(RunStep(heavy, 1, batches).gradient_norm, RunStep(even, 1, batches).gradient_norm);
  EXPECT_THROW(heavy.SetTokenWeights({1, 2}), std::invalid_argument);
}

TEST(TrainingSessionTest, ExpectedCountsAreOneForEachMaskedToken) {
  const Corpus corpus(16);
  const PackedBatch batch = Batch(corpus, 0, 16);
  TrainingSession session(SmallOptions());
  const std::vector<double> counts = session.ExpectedCounts(batch);
  ASSERT_EQ(counts.size(), 50u);
  EXPECT_NEAR(std::accumulate(counts.begin(), counts.end(), 0.0),
              static_cast<double>(batch.masked_count()), 1e-3);
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

TEST(TrainingSessionTest, OnAProcessorACopyComesAtOnce) {
  const Corpus corpus(16);
  TrainingSession session(SmallOptions());
  RunStep(session, 1, std::vector<PackedBatch>{Batch(corpus, 0, 16)});
  const SessionState before = session.CopyState();
  const StateCopy copy = session.StartCopy();
  RunStep(session, 2, std::vector<PackedBatch>{Batch(corpus, 0, 16)});
  EXPECT_FALSE(copy.fetch);
  EXPECT_EQ(copy.state.step, 1);
  ExpectEqual(copy.state, before);
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

TEST(TrainingSessionTest, EvaluationsOfManyBatchesComeTogether) {
  const Corpus corpus(12);
  TrainingSession session(SmallOptions());
  const PackedBatch batches[] = {Batch(corpus, 0, 5), Batch(corpus, 5, 7)};
  session.StartEvaluation(batches[0], 3);
  session.StartEvaluation(batches[1], 4);
  const std::vector<BatchEvaluation> together = session.TakeEvaluations();
  ASSERT_EQ(together.size(), 2U);
  EXPECT_TRUE(session.TakeEvaluations().empty());
  for (size_t i = 0; i < 2; ++i) {
    const TokenSums alone = session.Evaluate(batches[i], 3 + i);
    EXPECT_EQ(together[i].sums.generator_loss, alone.generator_loss);
    EXPECT_EQ(together[i].sums.caught, alone.caught);
    const TokenVerdicts& verdicts = together[i].verdicts;
    ASSERT_EQ(static_cast<int64_t>(verdicts.fake_ids.size()), batches[i].token_count());
    EXPECT_EQ(std::count(verdicts.suspected.begin(), verdicts.suspected.end(), true),
              alone.suspected);
    int64_t fakes = 0;
    for (size_t token = 0; token < verdicts.fake_ids.size(); ++token) {
      if (verdicts.fake_ids[token] != batches[i].original_ids[token]) ++fakes;
    }
    EXPECT_EQ(fakes, alone.fakes);
  }
}

TEST(TrainingSessionTest, FrozenParametersStayAsTheyAre) {
  const Corpus corpus(16);
  SessionOptions options = SmallOptions();
  options.hyperparameters.freeze_layers = 1;
  options.hyperparameters.freeze_embeddings = true;
  TrainingSession session(options);
  const SessionState before = session.CopyState();
  RunStep(session, 1, std::vector<PackedBatch>{Batch(corpus, 0, 16)});
  const SessionState after = session.CopyState();
  for (auto weights : {&SessionState::generator, &SessionState::discriminator}) {
    for (size_t i = 0; i < (before.*weights).size(); ++i) {
      const NamedArray& array = (before.*weights)[i];
      const bool frozen = array.name.find("embeddings") != std::string::npos ||
                          array.name.find("layer.0.") != std::string::npos;
      EXPECT_EQ(array.values == (after.*weights)[i].values, frozen) << array.name;
    }
  }
  EXPECT_EQ(session.parameter_count(), TrainingSession(SmallOptions()).parameter_count());
  // They have no moments, and come back without.
  TrainingSession again(options);
  again.RestoreState(after);
  ExpectEqual(again.CopyState(), after);
}

// The backward pass ends above the frozen layers; the gradients on its way are the same.
TEST(TrainingSessionTest, LayersAboveFrozenOnesLearnAsWithoutThem) {
  const Corpus corpus(16);
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 8), Batch(corpus, 8, 8)};
  SessionOptions options = SmallOptions();
  options.hyperparameters.max_grad_norm = 1e9;  // that of all gradients changes nothing
  TrainingSession whole(options);
  options.hyperparameters.freeze_layers = 1;
  options.hyperparameters.freeze_embeddings = true;
  TrainingSession frozen(options);
  RunStep(whole, 1, batches);
  RunStep(frozen, 1, batches);
  const SessionState a = whole.CopyState();
  const SessionState b = frozen.CopyState();
  for (const NamedArray& array : a.discriminator) {
    const bool is_above = array.name.find("layer.1.") != std::string::npos ||
                          array.name.starts_with("discriminator_predictions");
    EXPECT_EQ(array.values == Find(b.discriminator, array.name).values, is_above) << array.name;
  }
}

// AdamW's first step moves every number by about its learning rate, whatever the gradient is.
TEST(TrainingSessionTest, LowerLayersLearnMoreSlowly) {
  const Corpus corpus(16);
  SessionOptions options = SmallOptions();
  options.hyperparameters.layerwise_lr_decay = 0.5;
  options.hyperparameters.weight_decay = 0;
  TrainingSession session(options);
  const SessionState before = session.CopyState();
  RunStep(session, 1, std::vector<PackedBatch>{Batch(corpus, 0, 16)});
  const SessionState after = session.CopyState();
  const auto largest_change = [&](const std::string& name) {
    const std::vector<float>& a = Find(before.discriminator, name).values;
    const std::vector<float>& b = Find(after.discriminator, name).values;
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(1.0 * a[i] - b[i]));
    return largest;
  };
  EXPECT_NEAR(largest_change("discriminator_predictions.dense.weight"), 1e-3, 2e-5);
  EXPECT_NEAR(largest_change("electra.encoder.layer.1.output.dense.weight"), 5e-4, 1e-5);
  EXPECT_NEAR(largest_change("electra.encoder.layer.0.output.dense.weight"), 2.5e-4, 5e-6);
  EXPECT_NEAR(largest_change("electra.embeddings.position_embeddings.weight"), 1.25e-4, 3e-6);
}

// The loss of the first step is infinite, as with an absurd learning rate; nothing moves, and the
// steps after it are those of a session that never saw it.
TEST(TrainingSessionTest, ABadStepChangesNothing) {
  const Corpus corpus(32);
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 32)};
  SessionOptions options = SmallOptions();
  options.hyperparameters.ema_decay = 0.9;
  TrainingSession session(options);
  RunStep(session, 1, batches);
  const SessionState before = session.CopyState();
  session.Step({.step = 2,
                .learning_rate = 1e-3,
                .disc_weight = std::numeric_limits<double>::infinity(),
                .micro_batches = batches,
                .observed_sequence = std::nullopt});
  const StepResult bad = session.TakeResults().back();
  EXPECT_TRUE(bad.skipped);
  EXPECT_FALSE(std::isfinite(bad.gradient_norm));
  SessionState after = session.CopyState();
  EXPECT_EQ(std::exchange(after.skipped_steps, 0), 1);
  ExpectEqual(after, before);

  // The moments' age counts updates, also after a checkpoint.
  const SessionState saved = session.CopyState();
  TrainingSession resumed(options);
  resumed.RestoreState(saved);
  EXPECT_FALSE(RunStep(session, 3, batches).skipped);
  RunStep(resumed, 3, batches);
  ExpectEqual(session.CopyState(), resumed.CopyState());
}

TEST(TrainingSessionTest, AnAverageIsEvaluatedSavedAndRestored) {
  const Corpus corpus(32);
  const PackedBatch batch = Batch(corpus, 0, 32);
  const std::vector<PackedBatch> batches = {batch};
  SessionOptions options = SmallOptions();
  TrainingSession plain(options);
  options.hyperparameters.ema_decay = 0.5;
  TrainingSession averaged(options);
  std::vector<float> expected =
      Find(plain.CopyState().discriminator, "discriminator_predictions.dense.weight").values;
  for (int64_t step = 1; step <= 6; ++step) {
    RunStep(plain, step, batches);
    RunStep(averaged, step, batches);
    const double kept =
        std::min(0.5, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
    const SessionState state = plain.CopyState();
    const std::vector<float>& trained =
        Find(state.discriminator, "discriminator_predictions.dense.weight").values;
    for (size_t i = 0; i < expected.size(); ++i) {
      expected[i] += static_cast<float>((1 - kept) * (trained[i] - expected[i]));
    }
  }
  const SessionState state = averaged.CopyState();
  const std::vector<float>& average =
      Find(state.discriminator, "discriminator_predictions.dense.weight").values;
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(average[i], expected[i], 1e-6);
  // The trained weights are the same as without an average.
  EXPECT_EQ(Find(state.trained, "discriminator.discriminator_predictions.dense.weight").values,
            Find(plain.CopyState().discriminator, "discriminator_predictions.dense.weight").values);
  EXPECT_NE(averaged.Evaluate(batch, 0).discriminator_loss,
            plain.Evaluate(batch, 0).discriminator_loss);
  // As a model of its own the average gives the same evaluation.
  SessionState exported = state;
  exported.trained.clear();
  TrainingSession loaded(SmallOptions());
  loaded.RestoreState(exported);
  EXPECT_EQ(averaged.Evaluate(batch, 0).discriminator_loss,
            loaded.Evaluate(batch, 0).discriminator_loss);
  // Bit by bit after a checkpoint.
  TrainingSession resumed(options);
  resumed.RestoreState(state);
  RunStep(averaged, 7, batches);
  RunStep(resumed, 7, batches);
  ExpectEqual(averaged.CopyState(), resumed.CopyState());
}

TEST(TrainingSessionTest, PredictionsRepeatAndDisturbNothing) {
  const Corpus corpus(32);
  const std::vector<PackedBatch> batches = {Batch(corpus, 0, 24)};
  const PackedBatch probe = Batch(corpus, 24, 3);
  TrainingSession watched(SmallOptions());
  TrainingSession alone(SmallOptions());
  const std::vector<PredictionResult> first = watched.Predict(probe);
  const std::vector<PredictionResult> again = watched.Predict(probe);
  ASSERT_EQ(first.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(first[i].prediction.fake_ids, again[i].prediction.fake_ids);
    EXPECT_EQ(first[i].prediction.fake_probabilities, again[i].prediction.fake_probabilities);
    EXPECT_EQ(first[i].prediction.sequence, probe.sequences[i].sequence);
  }
  for (int64_t step = 1; step <= 3; ++step) {
    RunStep(watched, step, batches);
    watched.Predict(probe);
    RunStep(alone, step, batches);
  }
  ExpectEqual(watched.CopyState(), alone.CopyState());
}

// Each sequence has its own loss, from the discriminator's probabilities for its fakes. Together
// they are the loss of the batch.
TEST(TrainingSessionTest, EachPredictionHasTheLossOfItsSequence) {
  const Corpus corpus(32);
  const PackedBatch probe = Batch(corpus, 24, 3);
  TrainingSession session(SmallOptions());
  double generator = 0;
  for (const PredictionResult& result : session.Predict(probe)) {
    const SequencePrediction& prediction = result.prediction;
    double expected = 0;
    for (size_t i = 0; i < prediction.fake_ids.size(); ++i) {
      const double probability = prediction.fake_probabilities[i];
      const bool is_fake = prediction.fake_ids[i] != prediction.original_ids[i];
      expected -= std::log(is_fake ? probability : 1 - probability);
    }
    EXPECT_NEAR(result.discriminator_loss, expected, 1e-3);
    EXPECT_GT(result.generator_loss, 0);
    generator += result.generator_loss;
  }
  // The generator's samples depend on the key, its loss does not.
  EXPECT_NEAR(generator, session.Evaluate(probe, 0).generator_loss, 1e-3);
}

TEST(ResolveDeviceTest, KnowsTheProcessorAndRefusesTheRest) {
  EXPECT_EQ(ResolveDevice("cpu"), "cpu");
  EXPECT_NE(ResolveDevice("auto"), "");
  for (const char* name : {"cuda:99", "cuda:", "cuda:-1", "cuda:1x", "tpu", ""}) {
    EXPECT_EQ(ResolveDevice(name), "") << name;
  }
  EXPECT_EQ(ListDevices().front().name, "cpu");
}

}  // namespace
}  // namespace electra
