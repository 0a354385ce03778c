#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "core/model/embeddings_on_cpu.h"
#include "core/model/randomness.h"

namespace electra {
namespace {

constexpr int64_t kTokens = 75;
constexpr int64_t kColumns = 40;
constexpr int64_t kVocabulary = 11;  // most tokens occur several times
constexpr double kDropout = 0.25;

struct Problem {
  Embeddings embeddings;
  at::Tensor ids = at::arange(kTokens).mul(7).remainder(kVocabulary);
  at::Tensor positions = at::arange(kTokens).remainder(25);

  Problem() {
    at::Generator generator = GeneratorOf(at::kCPU);
    SeedGenerators(at::kCPU, 3);
    const auto random = [&](at::IntArrayRef shape) {
      return at::randn(shape, generator).set_requires_grad(true);
    };
    embeddings.word = random({kVocabulary, kColumns});
    embeddings.position = random({25, kColumns});
    embeddings.token_type = random({2, kColumns});
    embeddings.norm.weight = random({kColumns});
    embeddings.norm.bias = random({kColumns});
  }

  at::Tensor Run(double dropout, const RowPlaces& places = {}) const {
    SeedGenerators(at::kCPU, 5);
    return EmbeddingsOnCpu(embeddings, ids, positions, dropout, places);
  }

  // The same from libtorch's parts.
  at::Tensor Composed() const {
    at::Tensor sum = embeddings.word.index_select(0, ids) +
                     embeddings.position.index_select(0, positions) +
                     embeddings.token_type.select(0, 0);
    if (embeddings.base_word.defined())
      sum = sum + embeddings.base_word.detach().index_select(0, ids);
    return at::layer_norm(sum, {kColumns}, embeddings.norm.weight, embeddings.norm.bias,
                          embeddings.norm.eps);
  }

  std::array<at::Tensor, 5> Parameters() const {
    return {embeddings.word, embeddings.position, embeddings.token_type, embeddings.norm.weight,
            embeddings.norm.bias};
  }

  // The gradients of the sum of `output`'s elements times numbers that differ.
  std::array<at::Tensor, 5> Gradients(const at::Tensor& output) const {
    for (at::Tensor parameter : Parameters()) parameter.mutable_grad().reset();
    (output * at::linspace(-1, 2, output.numel()).view_as(output)).sum().backward();
    std::array<at::Tensor, 5> gradients;
    std::ranges::transform(Parameters(), gradients.begin(),
                           [](const at::Tensor& parameter) { return parameter.grad().clone(); });
    return gradients;
  }
};

// The factor of each element.
at::Tensor Factors(const Problem& problem, const RowPlaces& places = {}) {
  const at::Tensor kept = problem.Run(kDropout, places).ne(0);
  return kept.to(at::kFloat) / (1 - kDropout);
}

TEST(EmbeddingsTest, AreWhatLibtorchMakes) {
  const Problem problem;
  EXPECT_TRUE(at::allclose(problem.Run(0), problem.Composed(), 1e-5, 1e-5));
}

TEST(EmbeddingsTest, DropoutKeepsAShareAndScalesIt) {
  const Problem problem;
  const at::Tensor factors = Factors(problem);
  EXPECT_NEAR(factors.mean().item<double>(), 1, 0.05);
  EXPECT_TRUE(at::allclose(problem.Run(kDropout), problem.Composed() * factors, 1e-5, 1e-5));
}

TEST(EmbeddingsTest, GradientsAreThoseOfTheForwardPass) {
  const Problem problem;
  const at::Tensor factors = Factors(problem);
  const auto expected = problem.Gradients(problem.Composed() * factors);
  const auto actual = problem.Gradients(problem.Run(kDropout));
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(at::allclose(actual[i], expected[i], 1e-4, 1e-4)) << "parameter " << i;
  }
}

TEST(EmbeddingsTest, DropoutGoesByATokensPlaceInTheWholeBatch) {
  const Problem problem;
  RowPlaces places(kTokens);
  std::iota(places.rbegin(), places.rend(), 0);
  EXPECT_TRUE(at::equal(Factors(problem, places), Factors(problem).flip(0)));
}

TEST(EmbeddingsTest, FrozenTablesGetNoGradient) {
  const Problem problem;
  at::Tensor position = problem.embeddings.position;
  position.set_requires_grad(false);
  problem.Run(kDropout).sum().backward();
  EXPECT_FALSE(position.grad().defined());
  EXPECT_TRUE(problem.embeddings.word.grad().defined());
}

TEST(EmbeddingsTest, AnotherNetworksTableIsAddedAndGetsNoGradient) {
  Problem problem;
  const at::Tensor without = problem.Run(0);
  problem.embeddings.base_word = at::randn({kVocabulary, kColumns}).set_requires_grad(true);
  const at::Tensor with = problem.Run(0);
  EXPECT_FALSE(at::allclose(with, without, 1e-2, 1e-2));
  EXPECT_TRUE(at::allclose(with, problem.Composed(), 1e-5, 1e-5));
  const auto expected = problem.Gradients(problem.Composed());
  const auto actual = problem.Gradients(problem.Run(0));
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(at::allclose(actual[i], expected[i], 1e-4, 1e-4)) << "parameter " << i;
  }
  EXPECT_FALSE(problem.embeddings.base_word.grad().defined());
  problem.embeddings.base_word = at::randn({kVocabulary - 1, kColumns});
  EXPECT_THROW(problem.Run(0), c10::IndexError);
}

TEST(EmbeddingsTest, ATokenThatNoTableHasIsAnError) {
  Problem problem;
  problem.ids[70] = kVocabulary;
  EXPECT_THROW(problem.Run(0), c10::IndexError);
  problem.ids[70] = -1;
  EXPECT_THROW(problem.Run(0), c10::IndexError);
}

}  // namespace
}  // namespace electra
