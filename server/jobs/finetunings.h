// Fine-tunings from their submission to their deletion. Free functions; thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "electra/v1/finetuning.pb.h"
#include "server/access/caller.h"
#include "server/base/data_dir.h"
#include "server/jobs/finetuner.h"
#include "server/jobs/scheduler.h"
#include "server/store/database.h"
#include "server/store/finetunings.h"
#include "server/store/quotas.h"

namespace electra::server {

// All outlive every call, and are thread-safe.
struct FinetuningContext {
  Database& database;
  Scheduler& scheduler;
  Finetuner& finetuner;
  const DataDir& data_dir;
  const Quotas& quotas;
};

// Reads all of the labelled text. Errors: as FinetuningService.CreateFinetuning says.
absl::StatusOr<FinetuningRow> CreateFinetuning(const FinetuningContext& context,
                                               const Caller& caller,
                                               const v1::CreateFinetuningRequest& request);

// `resource` is "finetunings/{id}", of which the id may be a unique prefix.
absl::StatusOr<FinetuningRow> ReadFinetuning(Database& database, const std::string& resource);

// FailedPrecondition: it has ended. PermissionDenied: it is another token's.
absl::StatusOr<FinetuningRow> CancelFinetuning(const FinetuningContext& context,
                                               const Caller& caller, const std::string& resource);

absl::Status RemoveFinetuning(const FinetuningContext& context, const Caller& caller,
                              const std::string& resource);

}  // namespace electra::server
