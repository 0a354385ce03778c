// Renderings that people have approved, in tests/golden/client: at 80 columns, and at others where
// the width matters.
//
//   ExpectGolden("report_ko_80.txt", rig.out.str());
//
// With ELECTRA_UPDATE_GOLDEN=1 in the environment the files are written anew instead, to be looked
// at and committed.
#pragma once

#include <string>

namespace electra::client {

void ExpectGolden(const std::string& name, const std::string& rendering);

// No line of `rendering` is wider than `width` columns.
void ExpectFits(const std::string& rendering, int width);

}  // namespace electra::client
