// A process of a launch above rank 0: it computes its share of the steps of the jobs that the
// daemon, rank 0, owns. It serves nothing, opens no database and keeps no file.
#pragma once

#include <signal.h>

#include "core/ranks/rank_environment.h"
#include "core/ranks/worker.h"
#include "server/config/load_settings.h"

namespace electra::server {

// What core/ranks needs to know of the settings.
RankOptions RankOptionsOf(const Settings& settings);

// Until SIGTERM or SIGINT, or until rank 0 ends; then the process ends with a status of
// exit_status.h, since a step may still be computed in it. SIGHUP has it read its log settings
// again.
[[noreturn]] void RunWorkerProcess(const GivenFlags& flags, const LoadedSettings& loaded,
                                   const RankEnvironment& environment, const sigset_t& signals);

}  // namespace electra::server
