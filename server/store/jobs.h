// Table jobs: its rows, and the one place in which a job changes its state. The queue is in
// job_queue.h, lists for users in job_list.h.
#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "electra/v1/training.pb.h"
#include "server/store/database.h"
#include "server/store/job_tags.h"

namespace electra::server {

struct JobRow {
  int64_t id = 0;    // order of submission
  std::string name;  // public id, without "jobs/"
  std::string request_id;
  std::string display_name;
  v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
  int64_t priority = 0;
  int64_t corpus_id = 0;  // 0: deleted since
  std::string corpus_name;
  std::string corpus_file_name;
  std::string model;
  std::string model_sha256;       // of an imported model; empty for presets
  std::string model_sources;      // of the model, as in ModelRow
  std::string hyperparameters;    // JSON, complete
  std::string vocabulary_sha256;  // of a submitted one; else empty
  std::string requested_device;
  int64_t requested_devices = 1;  // the hyperparameter `devices`
  std::string submitted_by;       // public id of a token; empty: none was needed
  bool cancel_requested = false;
  bool pause_requested = false;
  std::string device;
  Message reason;
  std::string model_path;
  int64_t step = 0;
  int64_t total_steps = 0;
  int64_t last_sequence = 0;
  int64_t created_at = 0;
  int64_t started_at = 0;  // 0: not yet
  int64_t ended_at = 0;
  int64_t updated_at = 0;
  std::string probe;  // sentences, one per line
  int64_t skipped_steps = 0;
  std::string note;
  std::string trace_parent;  // of the call that submitted it; empty: it had none
};

// The job that the token submitted with this id; nullopt where the id is empty. Two tokens may
// choose the same id.
std::optional<JobRow> FindRequestedJob(Reader& reader, std::string_view token,
                                       std::string_view request_id);

// Stores a new job as QUEUED, with its tags, its size and its first event. Where its token already
// has one with this request_id, returns that one and stores nothing.
absl::StatusOr<JobRow> InsertJob(Transaction& transaction, const JobRow& job,
                                 const JobTags& tags = {});

// Bytes of a new job in the database, besides its labels and events.
int64_t RecordBytes(const JobRow& job);

// By id or unique prefix. NotFound, or InvalidArgument for an ambiguous prefix.
absl::StatusOr<JobRow> FindJob(Reader& reader, std::string_view name);
absl::StatusOr<JobRow> GetJob(Reader& reader, int64_t id);

// Reads many jobs with a statement that is prepared once. Not thread-safe; the reader must outlive
// it.
class JobReader {
 public:
  explicit JobReader(Reader& reader);
  absl::StatusOr<JobRow> Read(int64_t id);

 private:
  SQLite::Statement query_;
};

// In the order in which they were submitted.
std::vector<JobRow> ListJobsInState(Reader& reader, v1::JobState state);

// The files that an ended job keeps on the disk.
struct EndedJob {
  int64_t id = 0;
  std::string name;
  std::string model_path;
  int64_t updated_at = 0;
};
void VisitEndedJobs(Reader& reader, const std::function<void(const EndedJob&)>& visit);

// Moves the job into a state, with its event. FailedPrecondition: the transition does not exist. A
// request to cancel or pause is cleared once the job is CANCELLED, PAUSED, or queued again after an
// end or a pause.
absl::Status ChangeState(Transaction& transaction, int64_t job_id, v1::JobState to,
                         const Message& reason = {});

// The names of all jobs.
std::set<std::string> JobNames(Reader& reader);
// Digests of the vocabularies that jobs were submitted with.
std::set<std::string> UsedVocabularies(Reader& reader);

struct JobCounts {
  int64_t queued = 0;   // PAUSED too
  int64_t running = 0;  // PREPARING too
  int64_t ended = 0;
};
JobCounts CountJobs(Reader& reader);

// Every state, with how many jobs are in it.
std::map<v1::JobState, int64_t> CountJobsByState(Reader& reader);

// Counts a loss of the job's device; returns the losses since it last made progress.
int64_t AddDeviceLoss(Transaction& transaction, int64_t job_id);

// By device: jobs that have not ended, lost their device and have not made progress since.
std::map<std::string, int64_t> CountDeviceLostJobs(Reader& reader);

void SetCancelRequested(Transaction& transaction, int64_t job_id);
void SetPauseRequested(Transaction& transaction, int64_t job_id, bool requested);
void SetPrepared(Transaction& transaction, int64_t job_id, int64_t total_steps,
                 std::string_view device);
void SetSkippedSteps(Transaction& transaction, int64_t job_id, int64_t count);
// Sets the labels that users write on the job.
void SetJobLabels(Transaction& transaction, int64_t job_id, std::string_view display_name,
                  std::string_view note, const JobTags& tags);
// Deletes the job with all of its records; its files stay. Not for running jobs.
void DeleteJob(Transaction& transaction, int64_t job_id);
void SetModelPath(Transaction& transaction, int64_t job_id, std::string_view path);

}  // namespace electra::server
