#include "core/model/layer_by_libtorch.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <c10/core/Allocator.h>
#include <c10/core/GradMode.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/model/masked_head.h"
#include "core/model/network.h"
#include "core/model/randomness.h"

namespace electra {
namespace {

// Operations that give a tensor another shape, make an empty one, or only call others: they start
// no kernel of their own.
bool IsFree(const std::string& name) {
  static const std::array kFree = {"t",
                                   "transpose",
                                   "view",
                                   "_unsafe_view",
                                   "reshape",
                                   "permute",
                                   "unbind",
                                   "select",
                                   "narrow",
                                   "slice",
                                   "expand",
                                   "expand_as",
                                   "as_strided",
                                   "alias",
                                   "detach",
                                   "detach_",
                                   "empty",
                                   "empty_like",
                                   "squeeze",
                                   "unsqueeze",
                                   "view_as",
                                   "empty_strided",
                                   "_reshape_alias",
                                   "split",
                                   "contiguous",
                                   "to",
                                   "dropout",
                                   "layer_norm",
                                   "numpy_T",
                                   "scaled_dot_product_attention",
                                   "new_empty",
                                   "result_type",
                                   "is_same_size",
                                   "linear",
                                   "new_empty_strided",
                                   "chunk",
                                   "flatten",
                                   "resolve_conj",
                                   "resolve_neg",
                                   "reshape_as"};
  return std::ranges::any_of(
      kFree, [&](const char* free) { return name == "aten::" + std::string(free); });
}

// Lists the operations of this thread that start kernels, on a card one each, or few.
class OperationList {
 public:
  OperationList() {
    names_.clear();
    inside_ = 0;
    handle_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback(&Begin, &End).scopes({at::RecordScope::FUNCTION}));
  }
  ~OperationList() { at::removeCallback(handle_); }
  OperationList(const OperationList&) = delete;
  OperationList& operator=(const OperationList&) = delete;

  static const std::vector<std::string>& names() { return names_; }

 private:
  struct Inside : at::ObserverContext {};
  static std::unique_ptr<at::ObserverContext> Begin(const at::RecordFunction& function) {
    const std::string name = function.name();
    if (!name.starts_with("aten::") || IsFree(name)) return nullptr;
    if (inside_++ == 0) names_.push_back(name);
    return std::make_unique<Inside>();  // its calls are part of it
  }
  static void End(const at::RecordFunction&, at::ObserverContext* context) {
    if (context != nullptr) --inside_;
  }

  static thread_local std::vector<std::string> names_;
  static thread_local int inside_;
  at::CallbackHandle handle_;
};
thread_local std::vector<std::string> OperationList::names_;
thread_local int OperationList::inside_ = 0;

ElectraConfig ConfigOf(int64_t layers) {
  ElectraConfig config;
  config.vocab_size = 100;
  config.embedding_size = config.hidden_size = 32;
  config.num_hidden_layers = layers;
  config.num_attention_heads = 2;
  config.intermediate_size = 64;
  config.max_position_embeddings = 32;
  config.attention_probs_dropout_prob = 0;  // else a processor's attention has many parts
  return config;
}

PackedTokens SomeTokens() {
  return {.ids = at::arange(24).mul(7).remainder(100),
          .positions = at::arange(24).remainder(8),
          .layout = {.groups = {{3, 8}}, .offsets = {0, 8, 16, 24}, .device_offsets = {}}};
}

// The operations that a micro-batch's forward and backward pass start with this many layers, with
// dropout, in bfloat16. `batches` - 1 others have come before.
std::vector<std::string> OperationsOf(int64_t layers, int batches) {
  const NetworkOptions options{.compute_type = at::kBFloat16};
  const Discriminator discriminator(ConfigOf(layers), options);
  discriminator.RenewCopies();
  const auto pass = [&] { discriminator.Forward(SomeTokens(), /*train=*/true).sum().backward(); };
  for (int i = 1; i < batches; ++i) pass();
  const OperationList list;
  pass();
  return OperationList::names();
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return text;
}

// Attention by length, which a processor has, copies to and from its own layout. On a card flash
// attention is one operation and its backward pass another, whose three gradients are copied into
// one tensor.
bool IsOfAttention(const std::string& name) {
  static const std::array kCopies = {"aten::clone", "aten::cat", "aten::stack",
                                     "aten::slice_backward"};
  return name.find("attention") != std::string::npos ||
         std::ranges::find(kCopies, name) != kCopies.end();
}
constexpr int64_t kAttentionOnCard = 3;

TEST(LayerByLibtorchTest, ALayerStartsFewOperations) {
  at::set_num_threads(1);
  for (const int batches : {1, 2}) {
    std::vector<std::string> one = OperationsOf(1, batches);
    std::vector<std::string> two = OperationsOf(2, batches);
    std::erase_if(one, IsOfAttention);
    std::erase_if(two, IsOfAttention);
    const auto added = static_cast<int64_t>(two.size() - one.size()) + kAttentionOnCard;
    EXPECT_LE(added, batches == 1 ? 34 : 36) << Joined(two);
    RecordProperty("operations_of_batch_" + std::to_string(batches), std::to_string(added));
  }
}

EncoderLayer RandomLayer(at::ScalarType type) {
  constexpr int64_t kHidden = 12;
  constexpr int64_t kInner = 20;
  const auto random = [&](at::IntArrayRef shape) {
    return at::randn(shape, GeneratorOf(at::kCPU), at::TensorOptions().dtype(type))
        .mul(0.3)
        .set_requires_grad(true);
  };
  const auto linear = [&](int64_t in, int64_t out) {
    return Linear{.weight = random({out, in}), .bias = random({out})};
  };
  const auto norm = [&] {
    return LayerNorm{.weight = random({kHidden}), .bias = random({kHidden})};
  };
  return {.query_key_value = linear(kHidden, 3 * kHidden),
          .attention_output = linear(kHidden, kHidden),
          .attention_norm = norm(),
          .intermediate = linear(kHidden, kInner),
          .output = linear(kInner, kHidden),
          .output_norm = norm()};
}

std::vector<at::Tensor> ParametersOf(const EncoderLayer& layer) {
  return {layer.attention_output.weight, layer.attention_output.bias, layer.attention_norm.weight,
          layer.attention_norm.bias,     layer.intermediate.weight,   layer.intermediate.bias,
          layer.output.weight,           layer.output.bias,           layer.output_norm.weight,
          layer.output_norm.bias};
}

// Float64, with inputs that differ from token to token.
struct LayerProblem {
  EncoderLayer layer = (SeedGenerators(at::kCPU, 11), RandomLayer(at::kDouble));
  at::Tensor attended = Input();
  at::Tensor hidden = Input();

  static at::Tensor Input() {
    return at::randn({7, 12}, GeneratorOf(at::kCPU), at::TensorOptions().dtype(at::kDouble))
        .set_requires_grad(true);
  }

  // A number that depends on all of the result's elements. The masks of dropout are the same.
  at::Tensor Run(Activation activation, double dropout) const {
    at::manual_seed(5);
    const at::Tensor result =
        AfterAttentionByLibtorch(layer, activation, dropout, attended, hidden);
    return (result * at::arange(1, 85, at::kDouble).sin().view({7, 12})).sum();
  }
};

// A number changes over a small step along a direction as its gradient says.
TEST(LayerByLibtorchTest, GradientsAreThoseOfTheForwardPass) {
  for (const Activation activation : {Activation::kGelu, Activation::kGeluNew, Activation::kRelu,
                                      Activation::kSilu, Activation::kTanh}) {
    for (const double dropout : {0.0, 0.3}) {
      LayerProblem problem;
      problem.Run(activation, dropout).backward();
      std::vector<at::Tensor> inputs = ParametersOf(problem.layer);
      inputs.push_back(problem.attended);
      inputs.push_back(problem.hidden);
      for (size_t i = 0; i < inputs.size(); ++i) {
        const c10::NoGradGuard no_grad;
        constexpr double kStep = 1e-6;
        const at::Tensor direction =
            at::arange(inputs[i].numel(), at::kDouble).add(i).cos().view_as(inputs[i]);
        inputs[i].add_(direction, kStep);
        const double above = problem.Run(activation, dropout).item<double>();
        inputs[i].add_(direction, -2 * kStep);
        const double below = problem.Run(activation, dropout).item<double>();
        inputs[i].add_(direction, kStep);
        const double expected = (inputs[i].grad() * direction).sum().item<double>();
        EXPECT_NEAR((above - below) / (2 * kStep), expected, 1e-5 * (1 + std::abs(expected)))
            << ActivationName(activation) << ", dropout " << dropout << ", input " << i;
      }
    }
  }
}

TEST(LayerByLibtorchTest, GradientsAddUp) {
  const LayerProblem problem;
  problem.Run(Activation::kGelu, 0).backward();
  std::vector<at::Tensor> once;
  for (const at::Tensor& parameter : ParametersOf(problem.layer)) {
    once.push_back(parameter.grad().clone());
  }
  problem.Run(Activation::kGelu, 0).backward();
  for (size_t i = 0; i < once.size(); ++i) {
    EXPECT_TRUE(at::allclose(ParametersOf(problem.layer)[i].grad(), 2 * once[i])) << i;
  }
}

TEST(LayerByLibtorchTest, FrozenParametersGetNoGradient) {
  const LayerProblem problem;
  for (const at::Tensor& parameter : ParametersOf(problem.layer)) {
    parameter.set_requires_grad(false);
  }
  problem.Run(Activation::kGelu, 0).backward();
  for (const at::Tensor& parameter : ParametersOf(problem.layer)) {
    EXPECT_FALSE(parameter.grad().defined());
  }
  EXPECT_TRUE(problem.hidden.grad().defined());
}

TEST(LinearByLibtorchTest, GradientsOfShortCopiesAreTheWeightsOwn) {
  WeightCopies copies(at::kBFloat16);
  SeedGenerators(at::kCPU, 3);
  Linear linear{.weight = at::randn({4, 6}, GeneratorOf(at::kCPU)).set_requires_grad(true),
                .bias = at::randn({4}, GeneratorOf(at::kCPU)).set_requires_grad(true)};
  linear.weight_copy = copies.Of(linear.weight);
  linear.bias_copy = copies.Of(linear.bias);
  copies.Renew();
  const at::Tensor input = at::randn({5, 6}, GeneratorOf(at::kCPU)).to(at::kBFloat16);
  const at::Tensor result = linear(input);
  EXPECT_EQ(result.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(at::allclose(result.to(at::kFloat),
                           at::linear(input.to(at::kFloat), linear.weight, linear.bias), 0, 0.1));
  result.to(at::kFloat).sum().backward();
  EXPECT_EQ(linear.weight.grad().scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(linear.bias.grad(), at::full({4}, 5.0)));
  EXPECT_TRUE(
      at::allclose(linear.weight.grad(), input.to(at::kFloat).sum(0).expand({4, 6}), 0.01, 0.05));
}

TEST(WeightCopiesTest, FollowTheWeightsWhenToldTo) {
  WeightCopies copies(at::kBFloat16);
  const at::Tensor weight = at::ones({3});
  const at::Tensor copy = copies.Of(weight);
  copies.Renew();
  EXPECT_TRUE(at::equal(copy, at::ones({3}, at::kBFloat16)));
  weight.fill_(2);
  copies.Renew();
  EXPECT_TRUE(at::equal(copy, at::full({3}, 2, at::kBFloat16)));
  EXPECT_FALSE(copies.Of(at::ones({3}, at::kBFloat16)).defined());
}

// The most memory allocated on the processor while it lives, beyond the amount before.
class PeakMemory : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) override {
    now_ += size;
    most_ = std::max(most_, now_);
  }
  bool memoryProfilingEnabled() const override { return true; }
  int64_t most() const { return most_; }

 private:
  int64_t now_ = 0;
  int64_t most_ = 0;
};

TEST(MaskedHeadByLibtorchTest, ALogitCostsFewBytes) {
  at::set_num_threads(1);
  constexpr int64_t kRows = 64;
  constexpr int64_t kVocabulary = 5000;
  constexpr int64_t kEmbedding = 4;  // the weights count little
  SeedGenerators(at::kCPU, 3);
  WeightCopies copies(at::kBFloat16);
  Linear output{
      .weight = at::randn({kVocabulary, kEmbedding}, GeneratorOf(at::kCPU)).set_requires_grad(true),
      .bias = at::zeros({kVocabulary}).set_requires_grad(true)};
  output.weight_copy = copies.Of(output.weight);
  output.bias_copy = copies.Of(output.bias);
  copies.Renew();
  const at::Tensor input = at::randn({kRows, kEmbedding}, GeneratorOf(at::kCPU)).to(at::kBFloat16);
  const at::Tensor labels = at::arange(kRows);
  const auto peak = std::make_shared<PeakMemory>();
  MaskedHeadResult result;
  {
    const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, peak);
    result = RunMaskedHead(input, output, labels, {.wants_gradient = true});
  }
  const double bytes = static_cast<double>(peak->most()) / (kRows * kVocabulary);
  EXPECT_GT(bytes, 4);  // else nothing was seen
  EXPECT_LE(bytes, 10);
  RecordProperty("bytes_a_logit", std::to_string(bytes));

  // And it is cross-entropy.
  const at::Tensor logits = at::linear(input, output.weight_copy, output.bias_copy)
                                .to(at::kFloat)
                                .set_requires_grad(true);
  const at::Tensor loss = at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum);
  loss.backward();
  EXPECT_NEAR(result.loss.item<double>(), loss.item<double>(), 1e-3);
  EXPECT_TRUE(at::allclose(output.bias.grad(), logits.grad().sum(0), 1e-4, 1e-5));
}

}  // namespace
}  // namespace electra
