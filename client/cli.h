// The command line of `electra`, apart from the process around it.
//
//   ExitCode code = RunElectra({"jobs", "--limit", "5"}, environment);
//
// Thread safety: one call at a time an environment.
#pragma once

#include <string>
#include <vector>

#include "client/environment/environment.h"
#include "client/environment/exit_code.h"

namespace electra::client {

// `arguments` without the program's name. Output that could not be written is an error as well.
ExitCode RunElectra(const std::vector<std::string>& arguments, Environment& environment);

// Whether the parser accepts the arguments, without running anything. For the examples of the help
// texts.
bool CanParse(const std::vector<std::string>& arguments);

// The help texts without Korean: descriptions, and prose of footers.
std::vector<std::string> Untranslated();

// Every command that help lists, by its words: {"job", "retry"}.
std::vector<std::vector<std::string>> AllCommands();

}  // namespace electra::client
