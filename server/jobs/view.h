// Jobs as they are shown: a row with the related data of other tables.
//
// Thread safety: functions like the database; JobViews like its reader.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "server/jobs/labels.h"
#include "server/store/database.h"
#include "server/store/finetunings.h"
#include "server/store/job_corpora.h"
#include "server/store/job_tags.h"
#include "server/store/jobs.h"
#include "server/store/run_summaries.h"

namespace electra::server {

struct JobView {
  JobRow row;
  int queue_position = 0;  // 1 is next; 0: it is not queued
  RunSummary run;
  JobTags tags;
  std::vector<JobCorpusRow> corpora;  // besides the first
  std::vector<FinetuningRow> finetunings;
  std::vector<Message> warnings;  // only for a submission

  JobLabels labels() const {
    return {.display_name = row.display_name, .note = row.note, .tags = tags};
  }
};

// Views of many jobs, with statements that are prepared once. The reader must outlive it.
class JobViews {
 public:
  explicit JobViews(Reader& reader)
      : reader_(reader),
        summaries_(reader),
        tags_(reader),
        corpora_(reader),
        finetunings_(reader) {}

  JobView Read(JobRow row);

 private:
  Reader& reader_;
  RunSummaries summaries_;
  JobTagReader tags_;
  JobCorpusReader corpora_;
  FinetuningReader finetunings_;
  std::optional<std::map<int64_t, int>> queue_positions_;  // once a queued job is read
};

// The view of one job.
JobView ViewJob(Reader& reader, JobRow row);

// `resource` is "jobs/{id}", of which the id may be a unique prefix. InvalidArgument, NotFound.
absl::StatusOr<JobView> ReadJob(Database& database, const std::string& resource);

absl::StatusOr<JobCounts> ReadJobCounts(Database& database);

}  // namespace electra::server
