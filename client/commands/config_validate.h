// `electra config validate`: all that `submit --dry-run` would say of a job file, each with its line.
#pragma once

#include <string>

#include "client/environment/exit_code.h"
#include "client/shell/command_context.h"

namespace electra::client {

ExitCode RunConfigValidate(CommandContext& context, const std::string& path);

}  // namespace electra::client
