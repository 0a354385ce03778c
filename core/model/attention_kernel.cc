#include "core/model/attention_kernel.h"

namespace electra {
namespace {

// Above it flash attention's backward pass wants a card of a data centre.
constexpr int64_t kWidestFlashHead = 192;

// Both read rows in pieces of 16 bytes.
constexpr int64_t kPieceBytes = 16;

}  // namespace

AttentionKernel ChooseAttentionKernel(at::ScalarType type, bool is_ampere, int64_t head_size) {
  const bool is_short = type == at::kHalf || type == at::kBFloat16;
  if (!is_short && type != at::kFloat) return AttentionKernel::kByLength;
  const int64_t row_bytes = head_size * static_cast<int64_t>(at::elementSize(type));
  if (row_bytes % kPieceBytes != 0) return AttentionKernel::kByLength;
  if (is_short && is_ampere && head_size <= kWidestFlashHead) return AttentionKernel::kFlash;
  return AttentionKernel::kEfficient;
}

}  // namespace electra
