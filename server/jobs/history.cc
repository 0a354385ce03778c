#include "server/jobs/history.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/status_macros.h"
#include "server/base/errors.h"
#include "server/jobs/sample_confusions.h"
#include "server/store/confusions.h"
#include "server/store/jobs.h"
#include "server/store/run_summaries.h"

namespace electra::server {
namespace {

constexpr int kSamplesOfRead = 500;

// A page's position is where its first row is, as one number.
constexpr int64_t kMostRowsOfAStep = 1000;
template <typename Row>
int64_t PositionOf(const Row& row) {
  return row.step() * kMostRowsOfAStep;
}
int64_t PositionOf(const v1::Sample& sample) {
  return sample.step() * kMostRowsOfAStep + sample.probe();
}

// `list` lists rows of a StepRange.
template <typename Row, typename List>
absl::StatusOr<RowPage<Row>> ReadPage(Database& database, const std::string& job, StepRange range,
                                      const Page& page, List list) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(job, "jobs"));
  if (const int64_t first = page.position / kMostRowsOfAStep; first >= range.first) {
    range.first = first;
    range.first_probe = page.position % kMostRowsOfAStep;
  }
  range.limit = page.size + 1;
  return database.Read<RowPage<Row>>([&](Reader& reader) -> absl::StatusOr<RowPage<Row>> {
    ASSIGN_OR_RETURN(const JobRow found, FindJob(reader, name));
    RowPage<Row> result;
    PageBytes bytes;
    for (Row& row : list(reader, found.id, range)) {
      if (result.rows.size() == static_cast<size_t>(page.size) || !bytes.Take(row.ByteSizeLong())) {
        result.next = PositionOf(row);
        break;
      }
      result.rows.push_back(std::move(row));
    }
    return result;
  });
}

}  // namespace

absl::StatusOr<RowPage<v1::StepMetrics>> ReadStepPage(Database& database, const std::string& job,
                                                      const StepRange& range, const Page& page) {
  return ReadPage<v1::StepMetrics>(database, job, range, page, ListSteps);
}

absl::StatusOr<RowPage<v1::Sample>> ReadSamplePage(Database& database, const std::string& job,
                                                   const StepRange& range,
                                                   const SampleSelection& selection,
                                                   const Page& page) {
  const auto list = [&](Reader& reader, int64_t job_id, const StepRange& rows) {
    return ListSamples(reader, job_id, rows, selection);
  };
  return ReadPage<v1::Sample>(database, job, range, page, list);
}

absl::StatusOr<RowPage<v1::Evaluation>> ReadEvaluationPage(Database& database,
                                                           const std::string& job,
                                                           const Page& page) {
  return ReadPage<v1::Evaluation>(database, job, {}, page, ListEvaluations);
}

absl::StatusOr<std::vector<v1::StepMetrics>> ReadStepExtremes(Database& database,
                                                              const std::string& job,
                                                              const StepRange& range,
                                                              int max_points) {
  using Steps = std::vector<v1::StepMetrics>;
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(job, "jobs"));
  return database.Read<Steps>([&](Reader& reader) -> absl::StatusOr<Steps> {
    ASSIGN_OR_RETURN(const JobRow found, FindJob(reader, name));
    return ListStepExtremes(reader, found.id, range, max_points);
  });
}

absl::StatusOr<v1::Confusions> CountConfusions(Database& database, const std::string& job,
                                               const StepRange& range, int limit,
                                               const std::function<bool()>& is_cancelled) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(job, "jobs"));
  SampleConfusions confusions;
  StepRange rest = range;
  rest.limit = kSamplesOfRead;
  // A read for a few hundred samples, so that no snapshot of the database is held for long.
  for (bool more = true; more;) {
    if (is_cancelled()) return ClientIsGone();
    RETURN_IF_ERROR(database.Read([&](Reader& reader) -> absl::Status {
      ASSIGN_OR_RETURN(const JobRow found, FindJob(reader, name));
      const std::vector<v1::Sample> samples = ListSamples(reader, found.id, rest);
      for (const v1::Sample& sample : samples) confusions.Add(sample);
      more = static_cast<int>(samples.size()) == rest.limit;
      if (more) {
        rest.first = samples.back().step();
        rest.first_probe = samples.back().probe() + 1;
      }
      return absl::OkStatus();
    }));
  }
  return confusions.Top(limit);
}

absl::StatusOr<v1::Confusions> ReadConfusions(Database& database, const std::string& job,
                                              v1::ConfusionSource source, int limit) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(job, "jobs"));
  return database.Read<v1::Confusions>([&](Reader& reader) -> absl::StatusOr<v1::Confusions> {
    ASSIGN_OR_RETURN(const JobRow found, FindJob(reader, name));
    std::optional<int64_t> step;
    if (source == v1::CONFUSION_SOURCE_LAST_EVALUATION) {
      step = LastConfusionsStep(reader, found.id);
    } else if (const auto best = RunSummaries(reader).Read(found.id).best_evaluation) {
      step = best->step();
    }
    if (!step) return v1::Confusions();
    return FindConfusions(reader, found.id, *step, limit).value_or(v1::Confusions());
  });
}

}  // namespace electra::server
