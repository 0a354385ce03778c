// The daemon as a process: from its settings until a signal ends it.
#pragma once

#include <signal.h>

#include <functional>
#include <memory>
#include <optional>

#include "core/ranks/rank_environment.h"
#include "core/trainer.h"
#include "server/config/load_settings.h"

namespace electra::server {

// SIGTERM and SIGINT end the daemon, SIGHUP has it read its configuration again. They are taken by
// the thread that waits for them, never by a handler. To be called before any other thread starts,
// since threads inherit the mask.
sigset_t BlockSignals();

using MakeTrainer = std::function<std::unique_ptr<Trainer>(const TrainerOptions& options)>;

// Serves; returns the process's exit status (exit_status.h). Does not return once a device was
// lost: the broken driver may hang or crash this process.
// `ranks`: the launch that this process is rank 0 of.
int RunDaemon(const GivenFlags& flags, const LoadedSettings& loaded,
              const std::optional<RankEnvironment>& ranks, const sigset_t& signals,
              const MakeTrainer& make_trainer);

}  // namespace electra::server
