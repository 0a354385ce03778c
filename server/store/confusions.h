// Tables evaluation_confusions, evaluation_tokens and evaluation_fakes: what the pair confused in a
// job's last evaluation and in its best.
#pragma once

#include <cstdint>
#include <optional>

#include "core/probe/confusion_report.h"
#include "electra/v1/history.pb.h"
#include "server/store/database.h"

namespace electra::server {

// Call it after UpsertEvaluation for the same step. Removes everything that is neither of this
// evaluation nor of the best.
void PutConfusions(Transaction& transaction, int64_t job_id, const ConfusionReport& report);

// The step of the last evaluation whose confusions are kept.
std::optional<int64_t> LastConfusionsStep(Reader& reader, int64_t job_id);

// The confusions of one evaluation, with the first `limit` of each list; nothing where they are not
// kept.
std::optional<v1::Confusions> FindConfusions(Reader& reader, int64_t job_id, int64_t step,
                                             int limit);

}  // namespace electra::server
