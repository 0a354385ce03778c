#include "client/views/job_board.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "client/i18n/message_values.h"
#include "client/i18n/server_message.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "client/text/row.h"
#include "client/text/table.h"
#include "client/views/step_pace.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

constexpr size_t kIdLength = 8;  // enough to distinguish jobs, and to name one
constexpr int kBar = 16;

struct BoardColumn {
  Column column;
  int from_columns = 0;  // of the terminal
  std::function<StyledText(const v1::Job&)> cell;
};

int Rank(v1::JobState state) {
  switch (state) {
    case v1::RUNNING:
      return 0;
    case v1::PREPARING:
      return 1;
    case v1::QUEUED:
      return 2;
    default:
      return 3;
  }
}

std::string ShortId(const v1::Job& job) { return ShortName(job.name()).substr(0, kIdLength); }

std::string StepText(const v1::Job& job) {
  if (job.step() == 0 && job.total_steps() == 0) return "";
  return absl::StrCat(FormatCount(job.step()), "/", FormatCount(job.total_steps()));
}

std::string TokenRate(const v1::Job& job) {
  const double rate = job.last_step().tokens_per_second();
  if (job.state() != v1::RUNNING || !job.has_last_step() || !std::isfinite(rate)) return "";
  return FormatCount(std::llround(std::clamp(rate, 0.0, 1e15)));
}

std::string TimeLeft(const v1::Job& job) {
  if (job.state() != v1::RUNNING) return "";
  StepPace pace;
  pace.Add(job.last_step());
  const auto left = pace.Left(job.total_steps() - job.step());
  return left ? FormatElapsed(*left) : "";
}

std::string ProgressText(const v1::Job& job) {
  if (job.state() == v1::QUEUED) {
    return job.queue_position() > 0 ? absl::StrCat("#", job.queue_position()) : "";
  }
  return job.total_steps() > 0 ? absl::StrCat(Percent(job.step(), job.total_steps()), "%") : "";
}

StyledText Bar(const v1::Job& job) {
  if (job.total_steps() <= 0) return {};
  const double share = static_cast<double>(job.step()) / static_cast<double>(job.total_steps());
  return {ProgressBar(share, kBar), Style::kCaught};
}

StyledText StateCell(const v1::Job& job, Language language) {
  const Style style = job.state() == v1::RUNNING  ? Style::kCaught
                      : job.state() == v1::PAUSED ? Style::kSuspected
                                                  : Style::kPlain;
  return {StateLabel(job.state(), language), style};
}

std::vector<BoardColumn> ColumnsFor(const BoardOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  std::vector<BoardColumn> columns = {
      {{labels.job, Align::kLeft, Fit::kWhole}, 0, ShortId},
      {{labels.name}, 0, [](const v1::Job& job) { return job.display_name(); }},
      {{labels.state, Align::kLeft, Fit::kWhole},
       0,
       [&](const v1::Job& job) { return StateCell(job, options.language); }},
      {{"", Align::kLeft, Fit::kWhole}, 136, Bar},
      {{labels.progress_heading, Align::kRight}, 0, ProgressText},
      {{labels.step, Align::kRight}, 100, StepText},
      {{labels.loss_heading, Align::kRight},
       0,
       [](const v1::Job& job) {
         return job.has_last_step() ? FormatLoss(job.last_step().combined_loss()) : "";
       }},
      {{labels.token_rate_heading, Align::kRight},
       72,
       [&](const v1::Job& job) { return options.is_connected ? TokenRate(job) : ""; }},
      {{labels.left_heading, Align::kRight},
       0,
       [&](const v1::Job& job) { return options.is_connected ? TimeLeft(job) : ""; }},
      {{labels.model}, 112, [](const v1::Job& job) { return ShortName(job.model()); }},
      {{labels.device}, 120, [](const v1::Job& job) { return job.device(); }}};
  std::erase_if(columns,
                [&](const BoardColumn& column) { return column.from_columns > options.columns; });
  return columns;
}

}  // namespace

void SortForBoard(std::vector<v1::Job>& jobs) {
  std::stable_sort(jobs.begin(), jobs.end(), [](const v1::Job& a, const v1::Job& b) {
    return std::pair(Rank(a.state()), a.queue_position()) <
           std::pair(Rank(b.state()), b.queue_position());
  });
}

std::vector<std::string> RenderBoard(const std::vector<v1::Job>& jobs,
                                     const BoardOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  if (jobs.empty()) return {labels.no_active_jobs};
  const auto room = static_cast<size_t>(std::max(options.rows - 1, 1));
  // One row is for the number of jobs that do not fit.
  const size_t shown = jobs.size() <= room ? jobs.size() : room - 1;
  const std::vector<BoardColumn> columns = ColumnsFor(options);
  std::vector<std::vector<StyledText>> rows;
  for (size_t i = 0; i < shown; ++i) {
    std::vector<StyledText>& row = rows.emplace_back();
    for (const BoardColumn& column : columns) row.push_back(column.cell(jobs[i]));
  }
  std::vector<Column> headings;
  headings.reserve(columns.size());
  for (const BoardColumn& column : columns) headings.push_back(column.column);
  Table table(std::move(headings));
  for (std::vector<StyledText>& row : rows) table.AddRow(std::move(row));
  const std::string text = table.Render({.width = options.columns - 1,
                                         .color = options.color,
                                         .overflow = Overflow::kCut,
                                         .charset = options.charset});
  std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  if (shown < jobs.size()) {
    lines.push_back(absl::Substitute(labels.more_jobs, jobs.size() - shown));
  }
  return lines;
}

std::string JobLine(const v1::Job& job, Language language) {
  const Labels& labels = LabelsFor(language);
  const std::string id = ShortId(job);
  std::string line =
      job.display_name().empty() ? id : absl::StrCat(job.display_name(), " (", id, ")");
  absl::StrAppend(&line, ": ", StateLabel(job.state(), language));
  std::vector<std::string> parts;
  if (job.state() == v1::QUEUED && job.queue_position() > 0) {
    parts.push_back(absl::Substitute(labels.position_in_queue, job.queue_position()));
  }
  if (job.step() > 0) {
    parts.push_back(
        absl::Substitute(labels.step_of, FormatCount(job.step()), FormatCount(job.total_steps())));
  }
  if (job.has_last_step()) {
    parts.push_back(absl::StrCat("Combined ", FormatLoss(job.last_step().combined_loss())));
  }
  if (const std::string rate = TokenRate(job); !rate.empty()) {
    parts.push_back(absl::Substitute(labels.token_rate, rate));
  }
  if (const std::string left = TimeLeft(job); !left.empty()) {
    parts.push_back(absl::Substitute(labels.duration_left, left));
  }
  if (!job.reason().empty()) {
    parts.push_back(InLanguage(ServerMessage(job.reason(), job.reason_code()), language));
  }
  for (const std::string& part : parts) absl::StrAppend(&line, " · ", part);
  return line;
}

}  // namespace electra::client
