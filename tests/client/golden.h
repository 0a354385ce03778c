// Renderings that people looked at and found good, in tests/golden/client.
//
//   ExpectGolden("report_ko_80.txt", rig.out.str());
//
// With ELECTRA_UPDATE_GOLDEN=1 in the environment the files are written anew instead, to be looked
// at and committed.
#pragma once

#include <string>

namespace electra::client {

void ExpectGolden(const std::string& name, const std::string& rendering);

}  // namespace electra::client
