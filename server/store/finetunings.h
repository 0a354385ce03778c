// Tables finetunings and finetuning_runs: models of jobs, and the models that the jobs began with,
// fine-tuned as classifiers. Functions on a reader or transaction that the caller holds; statements
// throw SQLite::Exception, which Database turns into a status.
#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "electra/v1/finetuning.pb.h"
#include "server/store/database.h"

namespace electra::server {

struct FinetuningRunRow {
  int64_t seed = 0;
  v1::FinetunedModel model = v1::FINETUNED_MODEL_UNSPECIFIED;
  double accuracy = 0;
  double macro_f1 = 0;
  int64_t train_rows = 0;
  int64_t test_rows = 0;
};

struct FinetuningRow {
  int64_t id = 0;    // order of submission
  std::string name;  // public id, without "finetunings/"
  int64_t job_id = 0;
  std::string job_name;  // of table jobs
  v1::JobState state = v1::QUEUED;
  Message reason;
  int64_t corpus_id = 0;  // 0: deleted since
  std::string corpus_name;
  std::string corpus_file_name;
  std::string label_column;
  int64_t model_step = 0;
  std::string base_model;  // without "models/"; empty: random weights
  int64_t seed_count = 0;
  double epochs = 0;
  double learning_rate = 0;  // 0: by the model's size
  int64_t batch_size = 0;
  int64_t max_length = 0;
  double test_percentage = 0;
  int64_t row_count = 0;
  int64_t left_out_rows = 0;
  int64_t class_count = 0;
  double run_progress = 0;
  std::string submitted_by;  // public id of a token; empty: none was needed
  int64_t created_at = 0;
  int64_t ended_at = 0;                // 0: not yet
  std::vector<FinetuningRunRow> runs;  // by seed, the base first
};

// The seed of the adapted model's run with the highest macro F1, the first of equal ones; nullopt
// before one is done.
std::optional<int64_t> BestSeed(const FinetuningRow& finetuning);

// The folder of this seed's model in the fine-tuning's folder: "seed-3".
std::string SeedFolder(int64_t seed);

// Inserts a row without runs; returns its id.
int64_t InsertFinetuning(Transaction& transaction, const FinetuningRow& finetuning);

// By id or unique prefix. NotFound, or InvalidArgument for an ambiguous prefix.
absl::StatusOr<FinetuningRow> FindFinetuning(Reader& reader, std::string_view name);
// NotFound: it was deleted.
absl::StatusOr<FinetuningRow> GetFinetuning(Reader& reader, int64_t id);

// Reads fine-tunings of many jobs with statements that are prepared once. Not thread-safe; the
// reader must outlive it.
class FinetuningReader {
 public:
  explicit FinetuningReader(Reader& reader);
  // The oldest first.
  std::vector<FinetuningRow> Read(int64_t job_id);

 private:
  Reader& reader_;
  SQLite::Statement query_;
};

int64_t CountFinetunings(Reader& reader, int64_t job_id);
// The token's fine-tunings that have not ended.
int64_t CountWaitingFinetunings(Reader& reader, std::string_view token);

// The first that has not ended and is not among `busy`.
std::optional<FinetuningRow> NextFinetuning(Reader& reader, const std::set<int64_t>& busy);

// False: it has ended or was deleted, and nothing changes.
bool SetFinetuningState(Transaction& transaction, int64_t id, v1::JobState state,
                        const Message& reason = {});
// RUNNING ones wait again, as after a crash.
void RequeueFinetunings(Transaction& transaction);
// False: it was deleted.
bool SetRunProgress(Transaction& transaction, int64_t id, double progress);
void InsertFinetuningRun(Transaction& transaction, int64_t id, const FinetuningRunRow& run);
void DeleteFinetuning(Transaction& transaction, int64_t id);

}  // namespace electra::server
