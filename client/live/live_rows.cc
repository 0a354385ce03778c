#include "client/live/live_rows.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "client/i18n/message_values.h"
#include "client/text/braille_plot.h"
#include "client/text/format.h"
#include "client/text/row.h"
#include "client/views/footer.h"
#include "electra/v1/daemon.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

constexpr std::string_view kDot = " · ";
constexpr int kOtherRows = 4;    // rule, job, progress, footer
constexpr int kLowestPanel = 7;  // its heading, four rows of curves, two below
constexpr int kHighestPanel = 10;
constexpr int kNarrowestPanel = 26;
constexpr int kGap = 2;  // between panels

class LiveRows {
 public:
  LiveRows(const LiveState& state, const LiveRowsOptions& options)
      : state_(state),
        options_(options),
        labels_(LabelsFor(options.language)),
        // The last cell stays free: a full row would make some terminals go to the next one.
        columns_(std::max(options.columns - 1, 1)) {}

  std::vector<std::string> Make() {
    std::vector<std::string> rows = {Rule(), JobRow(), ProgressRow()};
    for (std::string& row : Curves()) rows.push_back(std::move(row));
    if (options_.footer == Footer::kShown) rows.push_back(FooterRow());
    // A terminal that is too low shows the upper rows.
    const auto most = static_cast<size_t>(std::max(options_.rows - 1, 1));
    if (rows.size() > most) rows.resize(most);
    return rows;
  }

 private:
  // A curve with its legend.
  struct Line {
    Line(const Curve& loss, const char* legend, const char* short_legend)
        : loss(&loss), legend(legend), short_legend(short_legend) {}
    Line(const RateCurve& rate, const char* legend, const char* short_legend)
        : rate(&rate), legend(legend), short_legend(short_legend) {}

    std::optional<double> last() const { return loss != nullptr ? loss->last() : rate->last(); }
    std::vector<PlotPoint> Points(int width) const {
      return loss != nullptr ? loss->Points() : rate->Points(kDotsInCell * width);
    }

    const Curve* loss = nullptr;  // one of the two
    const RateCurve* rate = nullptr;
    const char* legend;        // takes the newest value
    const char* short_legend;  // where there is no room
  };
  struct Panel {
    std::vector<Line> lines;
    std::optional<PlotRange> range;
  };

  Row NewRow() const { return Row(columns_, options_.color); }

  std::string Rule() const {
    Row row = NewRow();
    row.Add({std::string(static_cast<size_t>(columns_), '-'), Style::kFaint});
    return row.text();
  }

  std::string JobRow() const {
    Row row = NewRow();
    const bool named = !state_.display_name.empty();
    const std::string& name = named ? state_.display_name : state_.job_id;
    row.Add(StyledText(name, Style::kStrong).Truncated(std::max(columns_ / 3, 8)));
    row.AddPart(kDot, {StateLabel(state_.state, options_.language), StateStyle()});
    if (named) row.AddPart(kDot, {state_.job_id, Style::kFaint});
    if (!state_.device_name.empty()) row.AddPart(kDot, state_.device_name);
    AddDeviceUse(row);
    return row.text();
  }

  Style StateStyle() const {
    switch (state_.state) {
      case v1::FAILED:
        return Style::kMissed;
      case v1::SUCCEEDED:
        return Style::kCaught;
      case v1::CANCELLED:
      case v1::PAUSED:
        return Style::kSuspected;
      default:
        return Style::kPlain;
    }
  }

  void AddDeviceUse(Row& row) const {
    // Both are 0 where the server does not know them.
    if (!state_.device || state_.device->memory_used_bytes() <= 0 || state_.lost) return;
    const v1::Device& device = *state_.device;
    if (std::isfinite(device.utilization()) && device.utilization() >= 0) {
      row.AddPart(kDot, absl::Substitute(labels_.device_use,
                                         std::lround(std::min(device.utilization(), 1.0) * 100)));
    }
    row.AddPart(kDot, absl::StrCat(FormatBytes(device.memory_used_bytes()), " / ",
                                   FormatBytes(device.memory_bytes())));
  }

  std::string ProgressRow() const {
    if (state_.state == v1::QUEUED) return WaitingRow();
    if (state_.state == v1::PREPARING) return PreparationRow();
    Row row = NewRow();
    if (!state_.step) return row.text();
    const v1::StepMetrics& step = *state_.step;
    AddBar(step.step(), state_.total_steps, row);
    row.AddPart(kDot, absl::Substitute(labels_.step_of, FormatCount(step.step()),
                                       FormatCount(state_.total_steps)));
    const auto left = state_.pace.Left(state_.total_steps - step.step());
    // A lost server's last speed is no longer true.
    const bool running = state_.state == v1::RUNNING && !state_.lost;
    if (running && left) {
      row.AddPart(kDot, absl::Substitute(labels_.duration_left, FormatElapsed(*left)));
    }
    if (running) {
      row.AddPart(kDot, absl::Substitute(labels_.token_rate, Rate(step.tokens_per_second())));
      if (step.ranks() > 1) {
        row.AddPart(kDot, absl::Substitute(labels_.rank_rates, step.ranks(),
                                           Rate(step.slowest_rank_tokens_per_second())));
      }
    }
    row.AddPart(kDot, absl::Substitute(labels_.epoch_number, step.epoch()));
    if (running) AddElapsed(row);
    return row.text();
  }

  std::string WaitingRow() const {
    Row row = NewRow();
    if (state_.queue_position > 0) {
      row.AddPart(kDot, absl::Substitute(labels_.position_in_queue, state_.queue_position));
    }
    AddTimeInState(labels_.waiting_for, row);
    return row.text();
  }

  std::string PreparationRow() const {
    Row row = NewRow();
    if (!state_.preparation) {
      row.Add(labels_.preparing);
      return row.text();
    }
    const v1::PreparationProgress& progress = *state_.preparation;
    AddBar(progress.read_bytes(), progress.size_bytes(), row);
    const bool words = progress.phase() == v1::PreparationProgress::VOCABULARY;
    row.Add(" ");
    row.Add(absl::Substitute(words ? labels_.reading_words : labels_.tokenizing,
                             Percent(progress.read_bytes(), progress.size_bytes()),
                             FormatCount(progress.sample_count())));
    return row.text();
  }

  void AddBar(int64_t part, int64_t whole, Row& row) const {
    const int cells = std::clamp(columns_ / 4, 8, 30);
    const double share = whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
    row.Add({ProgressBar(share, cells), Style::kCaught});
    if (state_.state == v1::PREPARING) return;  // its label has the percents
    row.Add(absl::StrFormat(" %3d%%", whole > 0 ? Percent(part, whole) : 0));
  }

  // Since the run began, without the time between its attempts.
  void AddElapsed(Row& row) const {
    const double seconds = state_.step->run_seconds();
    if (!std::isfinite(seconds) || seconds <= 0) return AddTimeInState(labels_.elapsed, row);
    const absl::Duration since = options_.now - std::max(state_.state_since, state_.step_time);
    row.AddPart(kDot, absl::Substitute(labels_.elapsed,
                                       FormatElapsed(absl::Seconds(seconds) +
                                                     std::max(since, absl::ZeroDuration()))));
  }

  void AddTimeInState(const char* label, Row& row) const {
    if (state_.state_since == absl::InfinitePast()) return;
    row.AddPart(kDot, absl::Substitute(label, FormatElapsed(options_.now - state_.state_since)));
  }

  static std::string Rate(double rate) {
    return std::isfinite(rate) ? FormatCount(std::llround(std::clamp(rate, 0.0, 1e15))) : "-";
  }

  // ---- Curves

  std::vector<Panel> Panels() const {
    const TrainingCurves& curves = state_.curves;
    const char* evaluated = labels_.evaluated;
    return {{{{curves.combined_loss, "Combined $0", "Comb $0"},
              {curves.evaluated_combined_loss, evaluated, evaluated}}},
            {{{curves.precision, labels_.precision, "P $0"},
              {curves.recall, labels_.recall, "R $0"},
              {curves.accuracy, labels_.accuracy, "Acc $0"}},
             PlotRange{0, 1}},
            {{{curves.generator_loss, "Generator $0", "Gen $0"},
              {curves.evaluated_generator_loss, evaluated, evaluated}}},
            {{{curves.discriminator_loss, "Discriminator $0", "Disc $0"},
              {curves.evaluated_discriminator_loss, evaluated, evaluated}}}};
  }

  std::vector<std::string> Curves() const {
    if (!state_.step) return {};
    const std::vector<Panel> panels = Panels();
    const int room = options_.rows / 2 - kOtherRows;
    const int beside = columns_ >= 4 * kNarrowestPanel + 3 * kGap ? 4
                       : columns_ >= 2 * kNarrowestPanel + kGap   ? 2
                                                                  : 1;
    const int most_lines = static_cast<int>(panels.size()) / beside;
    const int lines = std::clamp(room / kLowestPanel, 0, most_lines);
    if (lines == 0 || columns_ < kNarrowestPanel) return {Values(panels)};
    const int height = std::clamp(room / lines, kLowestPanel, kHighestPanel);
    std::vector<std::string> rows;
    for (int line = 0; line < lines; ++line) {
      const auto first = panels.begin() + std::ptrdiff_t{line} * beside;
      AddPanels({first, first + beside}, height, rows);
    }
    return rows;
  }

  void AddPanels(const std::vector<Panel>& panels, int height,
                 std::vector<std::string>& rows) const {
    const int count = static_cast<int>(panels.size());
    const int width = (columns_ - kGap * (count - 1)) / count;
    std::vector<std::vector<StyledText>> columns;
    columns.reserve(panels.size());
    for (const Panel& panel : panels) columns.push_back(DrawPanel(panel, width, height));
    for (int i = 0; i < height; ++i) {
      Row row = NewRow();
      for (int column = 0; column < count; ++column) {
        const auto& lines = columns[static_cast<size_t>(column)];
        // Not before text: rows end without blanks.
        if (static_cast<size_t>(i) >= lines.size()) continue;
        row.PadTo(column * (width + kGap));
        row.Add(lines[static_cast<size_t>(i)]);
      }
      rows.push_back(row.text());
    }
  }

  std::vector<StyledText> DrawPanel(const Panel& panel, int width, int height) const {
    std::vector<Series> series;
    for (size_t i = 0; i < panel.lines.size(); ++i) {
      series.push_back({.points = panel.lines[i].Points(width), .style = SeriesStyle(i)});
    }
    std::vector<StyledText> lines = {Legend(panel, width)};
    for (StyledText& line :
         BraillePlot(series, {.columns = width, .rows = height - 1, .y = panel.range})) {
      lines.push_back(std::move(line));
    }
    return lines;
  }

  StyledText Legend(const Panel& panel, int width) const {
    const StyledText legend = LegendOf(panel, &Line::legend);
    return legend.Width() <= width ? legend : LegendOf(panel, &Line::short_legend).Truncated(width);
  }

  StyledText LegendOf(const Panel& panel, const char* Line::*form) const {
    StyledText legend;
    for (size_t i = 0; i < panel.lines.size(); ++i) {
      if (!panel.lines[i].last()) continue;
      if (!legend.empty()) legend.Append("  ");
      legend.Append(ValueText(panel.lines[i], form), SeriesStyle(i));
    }
    return legend;
  }

  // The newest value of each curve, in a row; the losses first.
  std::string Values(const std::vector<Panel>& panels) const {
    Row row = NewRow();
    for (const Panel* panel : {&panels[0], &panels[2], &panels[3]}) {
      if (panel->lines[0].last()) {
        row.AddPart(kDot, ValueText(panel->lines[0], &Line::short_legend));
      }
    }
    for (const Line& line : panels[1].lines) {
      if (line.last()) row.AddPart(kDot, ValueText(line, &Line::short_legend));
    }
    return row.text();
  }

  static std::string ValueText(const Line& line, const char* Line::*form) {
    const double value = line.last().value_or(0);
    if (line.loss != nullptr) return absl::Substitute(line.*form, FormatLoss(value));
    return absl::Substitute(line.*form, std::isnan(value) ? "-" : absl::StrFormat("%.2f", value));
  }

  std::string FooterRow() const {
    return RenderFooter(
        state_.server, state_.lost,
        {.columns = columns_, .color = options_.color, .language = options_.language});
  }

  const LiveState& state_;
  const LiveRowsOptions& options_;
  const Labels& labels_;
  const int columns_;
};

}  // namespace

std::vector<std::string> RenderLive(const LiveState& state, const LiveRowsOptions& options) {
  return LiveRows(state, options).Make();
}

}  // namespace electra::client
