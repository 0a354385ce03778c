#include "core/hub/tensor.h"

#include <bit>
#include <cmath>
#include <limits>

#include "tests/core/hub/hub_test_util.h"

namespace electra {
namespace {

using absl::StatusCode;
using testing::ElementsAre;

TensorView View(DType dtype, std::vector<int64_t> shape, std::string_view bytes) {
  return {.dtype = dtype,
          .shape = std::move(shape),
          .data = std::as_bytes(std::span(bytes.data(), bytes.size()))};
}

TEST(TensorTest, CountsElementsAndBytes) {
  const std::vector<int64_t> scalar;
  const std::vector<int64_t> matrix = {3, 5};
  EXPECT_EQ(ElementCount(scalar).value(), 1);
  EXPECT_EQ(ElementCount(matrix).value(), 15);
  EXPECT_EQ(ByteCount(DType::kBFloat16, matrix).value(), 30);
  EXPECT_EQ(ByteCount(DType::kFloat64, matrix).value(), 120);
}

TEST(TensorTest, FindsTheFirstValueThatIsNotFinite) {
  std::vector<float> many(10'000, 1.0F);
  const auto find = [&] { return FindNonFinite(FloatTensor("a", {100, 100}, many).view); };
  EXPECT_EQ(find(), std::nullopt);
  many[9'999] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(find(), 9'999);
  many[4'100] = std::nanf("");
  EXPECT_EQ(find(), 4'100);
  const std::string wide = Bytes(1.0) + Bytes(1e300);  // beyond float32
  EXPECT_EQ(FindNonFinite(View(DType::kFloat64, {2}, wide)), 1);
  const std::string half = Bytes(uint16_t{0x7bff}) + Bytes(uint16_t{0xfc00});
  EXPECT_EQ(FindNonFinite(View(DType::kFloat16, {2}, half)), 1);
  EXPECT_EQ(FindNonFinite(View(DType::kBFloat16, {2}, half)), std::nullopt);
  EXPECT_EQ(FindNonFinite(View(DType::kBFloat16, {1}, Bytes(uint16_t{0x7fc0}))), 0);
  EXPECT_EQ(FindNonFinite(View(DType::kFloat32, {0}, "")), std::nullopt);
}

TEST(TensorTest, RefusesShapesThatDoNotFit) {
  const int64_t half = int64_t{1} << 32;
  const std::vector<int64_t> overflow = {half, half};
  const std::vector<int64_t> overflow_then_zero = {half, half, 0};
  const std::vector<int64_t> negative = {4, -1};
  const std::vector<int64_t> many_bytes = {int64_t{1} << 61};
  EXPECT_THAT(ElementCount(overflow), Fails(StatusCode::kInvalidArgument, "64 bits"));
  EXPECT_THAT(ElementCount(overflow_then_zero), Fails(StatusCode::kInvalidArgument, "64 bits"));
  EXPECT_THAT(ElementCount(negative), Fails(StatusCode::kInvalidArgument, "[4, -1]"));
  EXPECT_THAT(ByteCount(DType::kFloat32, many_bytes), Fails(StatusCode::kInvalidArgument, "bytes"));
}

TEST(TensorTest, WidensEveryFloat16Exactly) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = Float16ToFloat(half);
    const uint32_t exponent = (bits >> 10) & 0x1f;
    const uint32_t fraction = bits & 0x3ff;
    if (exponent == 0x1f) {
      EXPECT_EQ(std::isnan(value), fraction != 0) << bits;
    } else {
      const double magnitude = exponent == 0
                                   ? std::ldexp(fraction, -24)
                                   : std::ldexp(1024 + fraction, static_cast<int>(exponent) - 25);
      EXPECT_EQ(static_cast<double>(std::fabs(value)), magnitude) << bits;
    }
    EXPECT_EQ(std::signbit(value), (bits & 0x8000) != 0) << bits;
    if (!std::isnan(value)) {
      EXPECT_EQ(FloatToFloat16(value), half) << bits;
    }
  }
}

TEST(TensorTest, EveryBFloat16ComesBack) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto narrow = static_cast<uint16_t>(bits);
    const float value = BFloat16ToFloat(narrow);
    if (!std::isnan(value)) {
      EXPECT_EQ(FloatToBFloat16(value), narrow) << bits;
    }
  }
}

TEST(TensorTest, RoundsToNearestEven) {
  EXPECT_EQ(FloatToBFloat16(std::bit_cast<float>(0x3f808000U)), 0x3f80);  // halfway, even below
  EXPECT_EQ(FloatToBFloat16(std::bit_cast<float>(0x3f818000U)), 0x3f82);  // halfway, even above
  EXPECT_EQ(FloatToBFloat16(std::bit_cast<float>(0x3f808001U)), 0x3f81);
  EXPECT_EQ(FloatToBFloat16(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_EQ(FloatToFloat16(1.0F + 0x1p-11F), 0x3c00);
  EXPECT_EQ(FloatToFloat16(1.0F + 0x3p-11F), 0x3c02);
  EXPECT_EQ(FloatToFloat16(65519.0F), 0x7bff);
  EXPECT_EQ(FloatToFloat16(65520.0F), 0x7c00);
  EXPECT_EQ(FloatToFloat16(0x1p-25F), 0x0000);  // half of the least subnormal
  EXPECT_EQ(FloatToFloat16(std::nextafter(0x1p-25F, 1.0F)), 0x0001);
  EXPECT_EQ(FloatToFloat16(0x3p-25F), 0x0002);
  EXPECT_EQ(FloatToFloat16(-0x1.ff8p-15F), 0x83ff);  // the largest subnormal
  EXPECT_EQ(FloatToFloat16(-0x1.ffcp-15F), 0x8400);  // halfway to the least normal
}

TEST(TensorTest, NansStayNans) {
  const float signalling = std::bit_cast<float>(0x7f800001U);
  EXPECT_TRUE(std::isnan(BFloat16ToFloat(FloatToBFloat16(signalling))));
  EXPECT_TRUE(std::isnan(Float16ToFloat(FloatToFloat16(signalling))));
  EXPECT_TRUE(std::isnan(BFloat16ToFloat(FloatToBFloat16(std::bit_cast<float>(0xffffffffU)))));
}

TEST(TensorTest, ConvertsUnalignedViews) {
  const std::string bytes = "x" + Bytes(1.5) + Bytes(1e300);
  const TensorView view = View(DType::kFloat64, {2}, std::string_view(bytes).substr(1));
  EXPECT_THAT(ToFloat32(view).value(), ElementsAre(1.5F, std::numeric_limits<float>::infinity()));
}

TEST(TensorTest, RefusesIntegersAndWrongSizes) {
  EXPECT_THAT(ToFloat32(View(DType::kInt32, {1}, "abcd")),
              Fails(StatusCode::kInvalidArgument, "I32"));
  EXPECT_THAT(ToFloat32(View(DType::kFloat32, {2}, "abcd")),
              Fails(StatusCode::kInvalidArgument, "4 bytes, not 8"));
  std::vector<float> two(2);
  EXPECT_THAT(ToFloat32(View(DType::kFloat32, {1}, "abcd"), two),
              Fails(StatusCode::kInvalidArgument, "does not fill 2"));
}

}  // namespace
}  // namespace electra
