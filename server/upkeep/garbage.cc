#include "server/upkeep/garbage.h"

#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "core/loop/checkpoint.h"
#include "server/base/log.h"
#include "server/store/corpora.h"
#include "server/store/jobs.h"
#include "server/store/models.h"
#include "server/store/started_uploads.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

// A vocabulary is stored before the job that names it, an upload known before its file is there.
constexpr absl::Duration kYoung = absl::Hours(1);

class Collector {
 public:
  Collector(Reader& reader, const DataDir& data_dir, GarbageMode mode)
      : reader_(reader), data_dir_(data_dir), mode_(mode) {}

  std::vector<Garbage> Run() && {
    Collect("corpora", data_dir_.corpus(""), StoredContents(reader_), absl::ZeroDuration());
    Collect("vocabularies", data_dir_.vocabulary(""), UsedVocabularies(reader_), kYoung);
    Collect("models", data_dir_.model(""), ModelFolders(reader_), absl::ZeroDuration());
    Collect("job folders", data_dir_.job(""), JobNames(reader_), absl::ZeroDuration());
    if (CountJobs(reader_).running == 0) {
      Collect("token caches", data_dir_.token_caches(), {}, absl::ZeroDuration());
    }
    CollectCheckpoints();
    return std::move(garbage_);
  }

 private:
  void Remove(const fs::path& path, Garbage* garbage) {
    const int64_t bytes = FolderBytes(path);
    std::error_code error;
    if (mode_ == GarbageMode::kRemove) fs::remove_all(path, error);
    if (error) return;
    ++garbage->count;
    garbage->bytes += bytes;
  }

  // Entries of `folder` whose names are not `used`.
  void Collect(const char* kind, const fs::path& folder, const std::set<std::string>& used,
               absl::Duration age) {
    Garbage garbage{.kind = kind};
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (used.contains(entry.path().filename().string())) continue;
      const auto idle = fs::file_time_type::clock::now() - entry.last_write_time(error);
      if (!error && absl::FromChrono(idle) >= age) Remove(entry.path(), &garbage);
    }
    garbage_.push_back(std::move(garbage));
  }

  void CollectCheckpoints() {
    Garbage garbage{.kind = "checkpoints"};
    for (v1::JobState state : {v1::SUCCEEDED, v1::FAILED, v1::CANCELLED}) {
      for (const JobRow& job : ListJobsInState(reader_, state)) {
        const fs::path folder = data_dir_.job(job.name) / "checkpoints";
        std::vector<fs::path> checkpoints = ListCheckpoints(folder);
        const std::optional<fs::path> best = BestCheckpoint(folder);
        if (!checkpoints.empty()) checkpoints.pop_back();
        for (const fs::path& checkpoint : checkpoints) {
          if (checkpoint != job.model_path && checkpoint != best) Remove(checkpoint, &garbage);
        }
      }
    }
    garbage_.push_back(std::move(garbage));
  }

  Reader& reader_;
  const DataDir& data_dir_;
  const GarbageMode mode_;
  std::vector<Garbage> garbage_;
};

}  // namespace

absl::StatusOr<std::vector<Garbage>> CollectGarbage(Database& database, const DataDir& data_dir,
                                                    PartialUploads& partial_uploads,
                                                    GarbageMode mode) {
  std::vector<Garbage> garbage;
  RETURN_IF_ERROR(database.Write(OnFullDisk::kUseReserve, [&](Transaction& transaction) {
    garbage = Collector(transaction, data_dir, mode).Run();
    return absl::OkStatus();
  }));
  const PartialUploads::Removed uploads = partial_uploads.CollectIdle(kKeepPartialUploads, mode);
  garbage.push_back({.kind = "uploads", .count = uploads.files, .bytes = uploads.bytes});
  if (mode == GarbageMode::kRemove) {
    RETURN_IF_ERROR(database.Write(OnFullDisk::kUseReserve, [&](Transaction& transaction) {
      ForgetLostUploads(transaction, data_dir.uploads(), kYoung);
      return absl::OkStatus();
    }));
    for (const Garbage& kind : garbage) {
      if (kind.count == 0) continue;
      Log(LogLevel::kInfo, "garbage_removed",
          {{"kind", kind.kind},
           {"count", absl::StrCat(kind.count)},
           {"bytes", absl::StrCat(kind.bytes)}});
    }
  }
  return garbage;
}

}  // namespace electra::server
