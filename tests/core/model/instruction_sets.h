// Tests of kernels on every instruction set that this machine has.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/model/cpu/instruction_set.h"

namespace electra::cpu {

// INSTANTIATE_TEST_SUITE_P(EachSet, TheTest, EachInstructionSet(), NameOfSet);
class InstructionSetTest : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { ASSERT_TRUE(UseInstructionSet(GetParam())); }
  void TearDown() override { UseInstructionSet(InstructionSets().front()); }
};

inline auto EachInstructionSet() {
  return testing::ValuesIn(InstructionSets().begin(), InstructionSets().end());
}

inline std::string NameOfSet(const testing::TestParamInfo<std::string_view>& info) {
  return std::string(info.param);
}

}  // namespace electra::cpu
