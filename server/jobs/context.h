// The parts of the daemon that work on jobs needs.
#pragma once

#include "core/trainer.h"
#include "server/base/data_dir.h"
#include "server/base/upload_room.h"
#include "server/jobs/scheduler.h"
#include "server/notify/policy.h"
#include "server/store/database.h"
#include "server/store/quotas.h"

namespace electra::server {

// All outlive every call, and are thread-safe.
struct JobContext {
  Database& database;
  Scheduler& scheduler;
  const Trainer& trainer;
  const DataDir& data_dir;
  const Quotas& quotas;
  const NotificationPolicy& notifications;
  UploadRoom& room;
};

}  // namespace electra::server
