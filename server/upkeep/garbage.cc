#include "server/upkeep/garbage.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/loop/checkpoint_folders.h"
#include "server/base/log.h"
#include "server/corpora/idle_uploads.h"
#include "server/store/corpora.h"
#include "server/store/job_sizes.h"
#include "server/store/job_state.h"
#include "server/store/jobs.h"
#include "server/store/models.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

// How many entries one transaction takes out of use; renaming them takes some milliseconds.
constexpr size_t kBatch = 100;

// Suffix of entries that are about to be removed. No row has such a name, so that the next
// collection finds any leftovers.
constexpr char kGarbageSuffix[] = ".garbage";

struct Candidate {
  fs::path path;
  fs::path renamed;
  int64_t job_id = 0;  // of a checkpoint
  int64_t job_updated_at = 0;
};

Candidate EntryOf(const fs::path& path) {
  if (path.extension() == kGarbageSuffix) return {.path = path, .renamed = path};
  return {
      .path = path,
      .renamed = path.parent_path() / absl::StrCat(".", path.filename().string(), kGarbageSuffix)};
}

// Keeps only candidates that are garbage for this reader.
using Sieve = std::function<void(Reader&, std::vector<Candidate>*)>;

// Entries of a folder that are not among the names that `names` reads.
Sieve NotAmong(std::set<std::string> (*names)(Reader&)) {
  return [names](Reader& reader, std::vector<Candidate>* candidates) {
    const std::set<std::string> used = names(reader);
    std::erase_if(*candidates, [&](const Candidate& candidate) {
      return used.contains(candidate.path.filename().string());
    });
  };
}

void AllWhileNothingTrains(Reader& reader, std::vector<Candidate>* candidates) {
  if (CountJobs(reader).running > 0) candidates->clear();
}

// Keeps the candidates of jobs that have not been queued again since.
void OfEndedJobs(Reader& reader, std::vector<Candidate>* candidates) {
  std::erase_if(*candidates, [&](const Candidate& candidate) {
    const absl::StatusOr<JobRow> job = GetJob(reader, candidate.job_id);
    return !job.ok() || !IsTerminal(job->state) || job->updated_at != candidate.job_updated_at;
  });
}

class Collector {
 public:
  Collector(Database& database, const DataDir& data_dir, GarbageMode mode)
      : database_(database), data_dir_(data_dir), mode_(mode) {}

  absl::StatusOr<std::vector<Garbage>> Run() && {
    RETURN_IF_ERROR(CollectEntries(Message("GARBAGE_CORPORA", "corpora"), data_dir_.corpus(""),
                                   NotAmong(StoredContents)));
    RETURN_IF_ERROR(CollectEntries(Message("GARBAGE_VOCABULARIES", "vocabularies"),
                                   data_dir_.vocabulary(""), NotAmong(UsedVocabularies)));
    RETURN_IF_ERROR(CollectEntries(Message("GARBAGE_MODELS", "models"), data_dir_.model(""),
                                   NotAmong(ModelFolders)));
    RETURN_IF_ERROR(CollectEntries(Message("GARBAGE_JOB_FOLDERS", "job folders"), data_dir_.job(""),
                                   NotAmong(JobNames)));
    RETURN_IF_ERROR(CollectEntries(Message("GARBAGE_TOKEN_CACHES", "token caches"),
                                   data_dir_.token_caches(), AllWhileNothingTrains));
    RETURN_IF_ERROR(CollectCheckpoints());
    return std::move(garbage_);
  }

 private:
  absl::Status CollectEntries(const Message& kind, const fs::path& folder, const Sieve& sieve) {
    std::vector<Candidate> candidates;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      candidates.push_back(EntryOf(entry.path()));
    }
    return Collect(kind, std::move(candidates), sieve);
  }

  absl::Status CollectCheckpoints() {
    std::vector<EndedJob> jobs;
    RETURN_IF_ERROR(database_.Read([&](Reader& reader) {
      VisitEndedJobs(reader, [&](const EndedJob& job) { jobs.push_back(job); });
      return absl::OkStatus();
    }));
    std::vector<Candidate> candidates;
    std::map<int64_t, std::string> smaller;  // names of jobs that lose some, by id
    for (const EndedJob& job : jobs) {
      const fs::path folder = CheckpointsDir(data_dir_.job(job.name));
      std::vector<fs::path> checkpoints = ListCheckpoints(folder);
      const std::optional<fs::path> best = BestCheckpoint(folder);
      if (!checkpoints.empty()) checkpoints.pop_back();
      for (const fs::path& checkpoint : checkpoints) {
        if (checkpoint == job.model_path || checkpoint == best) continue;
        // Next to the folders of jobs, where the next collection looks.
        const std::string name = absl::StrCat(job.name, ".", checkpoint.filename().string());
        candidates.push_back({.path = checkpoint,
                              .renamed = EntryOf(data_dir_.job(name)).renamed,
                              .job_id = job.id,
                              .job_updated_at = job.updated_at});
        smaller.emplace(job.id, job.name);
      }
    }
    RETURN_IF_ERROR(
        Collect(Message("GARBAGE_CHECKPOINTS", "checkpoints"), std::move(candidates), OfEndedJobs));
    if (mode_ == GarbageMode::kCount) return absl::OkStatus();
    return MeasureAgain(smaller);
  }

  // The remaining bytes of jobs count for their tokens.
  absl::Status MeasureAgain(const std::map<int64_t, std::string>& jobs) {
    std::map<int64_t, int64_t> sizes;
    for (const auto& [id, name] : jobs) sizes[id] = FolderBytes(data_dir_.job(name));
    return database_.Write(
        [&](Transaction& transaction) {
          for (const auto& [id, bytes] : sizes) SetFolderBytes(transaction, id, bytes);
          return absl::OkStatus();
        },
        OnFullDisk::kUseReserve);
  }

  // No transaction waits for files to be counted or removed: within one they are only renamed, so
  // that nothing begins to use them.
  absl::Status Collect(const Message& kind, std::vector<Candidate> candidates, const Sieve& sieve) {
    Garbage garbage{.kind = kind};
    if (mode_ == GarbageMode::kCount) {
      RETURN_IF_ERROR(database_.Read([&](Reader& reader) {
        sieve(reader, &candidates);
        return absl::OkStatus();
      }));
      for (const Candidate& candidate : candidates) Add(candidate.path, &garbage);
    }
    while (mode_ == GarbageMode::kRemove && !candidates.empty()) {
      const auto begin = candidates.end() - std::min<ptrdiff_t>(kBatch, std::ssize(candidates));
      std::vector<Candidate> batch(begin, candidates.end());
      candidates.erase(begin, candidates.end());
      RETURN_IF_ERROR(database_.Write(
          [&](Transaction& transaction) {
            sieve(transaction, &batch);
            std::erase_if(batch, [](const Candidate& candidate) {
              std::error_code error;
              fs::rename(candidate.path, candidate.renamed, error);
              return static_cast<bool>(error);
            });
            return absl::OkStatus();
          },
          OnFullDisk::kUseReserve));
      for (const Candidate& candidate : batch) Add(candidate.renamed, &garbage);
    }
    garbage_.push_back(std::move(garbage));
    return absl::OkStatus();
  }

  // Counts the entry, and removes it unless only counting.
  void Add(const fs::path& path, Garbage* garbage) const {
    const int64_t bytes = FolderBytes(path);
    std::error_code error;
    if (mode_ == GarbageMode::kRemove) fs::remove_all(path, error);
    if (error) return;
    ++garbage->count;
    garbage->bytes += bytes;
  }

  Database& database_;
  const DataDir& data_dir_;
  const GarbageMode mode_;
  std::vector<Garbage> garbage_;
};

}  // namespace

absl::StatusOr<std::vector<Garbage>> CollectGarbage(Database& database, const DataDir& data_dir,
                                                    PartialUploads& partial_uploads,
                                                    GarbageMode mode) {
  ASSIGN_OR_RETURN(std::vector<Garbage> garbage, Collector(database, data_dir, mode).Run());
  ASSIGN_OR_RETURN(const PartialUploads::Removed uploads,
                   CollectIdleUploads(database, partial_uploads, mode));
  garbage.push_back({.kind = Message("GARBAGE_UPLOADS", "uploads"),
                     .count = uploads.files,
                     .bytes = uploads.bytes});
  if (mode == GarbageMode::kRemove) {
    for (const Garbage& kind : garbage) {
      if (kind.count == 0) continue;
      Log(LogLevel::kInfo, "garbage_removed",
          {{"kind", kind.kind.text()},
           {"count", absl::StrCat(kind.count)},
           {"bytes", absl::StrCat(kind.bytes)}});
    }
  }
  return garbage;
}

}  // namespace electra::server
