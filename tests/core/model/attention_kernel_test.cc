#include "core/model/attention_kernel.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "core/model/fused_ops.h"
#include "core/model/randomness.h"

namespace electra {
namespace {

AttentionKernel Choose(at::ScalarType type, int64_t head_size) {
  return ChooseAttentionKernel(type, /*is_ampere=*/true, head_size);
}

TEST(AttentionKernelTest, FlashTakesShortTypesWhoseRowsAreWhole) {
  for (const at::ScalarType type : {at::kBFloat16, at::kHalf}) {
    for (const int64_t head_size : {8, 32, 64, 80, 128, 192}) {
      EXPECT_EQ(Choose(type, head_size), AttentionKernel::kFlash) << head_size;
    }
  }
}

TEST(AttentionKernelTest, TheEfficientOneTakesWhatFlashDoesNot) {
  EXPECT_EQ(Choose(at::kBFloat16, 200), AttentionKernel::kEfficient);
  EXPECT_EQ(Choose(at::kBFloat16, 264), AttentionKernel::kEfficient);
  for (const int64_t head_size : {4, 8, 12, 64, 80}) {
    EXPECT_EQ(Choose(at::kFloat, head_size), AttentionKernel::kEfficient) << head_size;
  }
  EXPECT_EQ(ChooseAttentionKernel(at::kHalf, /*is_ampere=*/false, 64), AttentionKernel::kEfficient);
}

TEST(AttentionKernelTest, OtherHeadSizesAreTakenLengthByLength) {
  for (const int64_t head_size : {1, 12, 20, 65}) {
    EXPECT_EQ(Choose(at::kBFloat16, head_size), AttentionKernel::kByLength) << head_size;
    EXPECT_EQ(ChooseAttentionKernel(at::kHalf, /*is_ampere=*/false, head_size),
              AttentionKernel::kByLength)
        << head_size;
  }
  EXPECT_EQ(Choose(at::kFloat, 10), AttentionKernel::kByLength);
  EXPECT_EQ(Choose(at::kDouble, 64), AttentionKernel::kByLength);
}

PackedLayout LayoutOf(const std::vector<LengthGroup>& groups) {
  PackedLayout layout{.groups = groups, .offsets = {0}, .device_offsets = {}, .whole = {}};
  for (const LengthGroup& group : groups) {
    for (int64_t i = 0; i < group.sequence_count; ++i) {
      layout.offsets.push_back(layout.offsets.back() + group.length);
    }
  }
  return layout;
}

// Both get the same numbers in float64, with gradients, also with head sizes that divide nothing
// evenly.
TEST(PackedAttentionTest, LengthByLengthIsWhatTheKernelForProcessorsComputes) {
  at::set_num_threads(1);
  const PackedLayout layout = LayoutOf({{1, 7}, {2, 3}, {1, 1}});
  constexpr int64_t kHeads = 2;
  for (const int64_t head_size : {1, 8, 12, 65}) {
    const int64_t hidden = kHeads * head_size;
    at::Tensor exact = at::empty({14, 3 * hidden}, at::kDouble);
    SeedGenerators(at::kCPU, 7);
    exact.normal_(0.0, 1.0, GeneratorOf(at::kCPU));
    at::Tensor rounded = exact.to(at::kFloat);
    exact.set_requires_grad(true);
    rounded.set_requires_grad(true);
    const AttentionOptions options{.heads = kHeads, .dropout = 0};
    const at::Tensor expected = PackedAttention(exact, layout, options);
    const at::Tensor attended = PackedAttention(rounded, layout, options);
    const at::Tensor weights = at::arange(1, 14 * hidden + 1, at::kDouble).view({14, hidden}).sin();
    (expected * weights).sum().backward();
    (attended * weights.to(at::kFloat)).sum().backward();
    EXPECT_TRUE(at::allclose(attended.to(at::kDouble), expected, 1e-5, 1e-5)) << head_size;
    EXPECT_TRUE(at::allclose(rounded.grad().to(at::kDouble), exact.grad(), 1e-4, 1e-5))
        << head_size;
  }
}

}  // namespace
}  // namespace electra
