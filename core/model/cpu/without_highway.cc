// In place of the kernels where Highway is missing (CMakeLists.txt): HasKernels() is false, and
// whoever asks it computes with libtorch's operations instead, so that nothing else here is called.
#include <stdexcept>

#include "core/model/cpu/adamw_update.h"
#include "core/model/cpu/attention.h"
#include "core/model/cpu/elementwise.h"
#include "core/model/cpu/instruction_set.h"
#include "core/model/cpu/masked_softmax.h"
#include "core/model/cpu/matrix_product.h"

namespace electra::cpu {
namespace {

[[noreturn]] void Missing() {
  throw std::logic_error("built without Highway: there are no kernels for processors");
}

}  // namespace

bool HasKernels() { return false; }
std::span<const std::string_view> InstructionSets() { return {}; }
std::string_view InstructionSet() { return "none"; }
bool UseInstructionSet(std::string_view /*name*/) { return false; }

void UpdateWithAdamW(int, const AdamWSettings&, std::span<const AdamWParameter>) { Missing(); }
double SumOfSquares(int, std::span<const ConstFloats>) { Missing(); }

AttentionHead PackedHeads::Head(int64_t, int64_t) const { Missing(); }
void AttentionForward(const AttentionHead&, const float*, float*, float*, std::vector<float>&) {
  Missing();
}
void AttentionBackward(const AttentionHead&, const float*, const float*, const float*, float*,
                       std::vector<float>&) {
  Missing();
}

void GeluForward(int64_t, int64_t, int64_t, float*, float*) { Missing(); }
void MultiplyRows(int64_t, int64_t, int64_t, const float*, float*) { Missing(); }
void AddNormForward(const Norm&, int64_t, int64_t, float*, const float*, float*, float*, float*) {
  Missing();
}
void AddNormBackward(const Norm&, int64_t, int64_t, const float*, const float*, const float*,
                     const float*, float*, float*, float*, float*) {
  Missing();
}
void DropRow(const Dropout&, int64_t, int64_t, const float*, float*) { Missing(); }
void AddRow(int64_t, const float*, const float*, float*) { Missing(); }
void SumRows(int64_t, int64_t, int64_t, const float*, float*) { Missing(); }

SoftmaxResult SoftmaxCrossEntropy(const SoftmaxRow&, float*) { Missing(); }

void RunMatrixProducts(Team&, std::span<const MatrixProduct>) { Missing(); }

}  // namespace electra::cpu
