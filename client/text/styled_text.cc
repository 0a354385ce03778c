#include "client/text/styled_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/text/display_width.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

std::string_view StartOf(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kCaught:
      return "\x1b[32m";
    case Style::kMissed:
      return "\x1b[31m";
    case Style::kSuspected:
      return "\x1b[33m";
    case Style::kStrong:
      return "\x1b[1m";
    case Style::kFaint:
      return "\x1b[2m";
    case Style::kSeries1:
      return "\x1b[36m";
    case Style::kSeries2:
      return "\x1b[35m";
    case Style::kSeries3:
      return "\x1b[33m";
    case Style::kSeries4:
      return "\x1b[32m";
    case Style::kSeries5:
      return "\x1b[34m";
    case Style::kSeries6:
      return "\x1b[31m";
  }
  return "";
}

constexpr std::string_view kReset = "\x1b[0m";

}  // namespace

void StyledText::Append(std::string_view text, Style style) {
  if (text.empty()) return;
  text_ += Visible(text);
  if (!runs_.empty() && runs_.back().style == style) {
    runs_.back().end = text_.size();
  } else {
    runs_.push_back({text_.size(), style});
  }
}

int StyledText::Width() const { return DisplayWidth(text_); }

StyledText StyledText::Slice(size_t begin, size_t end) const {
  StyledText slice;
  slice.text_ = text_.substr(begin, end - begin);
  size_t run_begin = 0;
  for (const Run& run : runs_) {
    const size_t from = std::max(begin, run_begin);
    const size_t to = std::min(end, run.end);
    if (from < to) slice.runs_.push_back({to - begin, run.style});
    run_begin = run.end;
  }
  return slice;
}

std::vector<StyledText> StyledText::Wrap(int width) const {
  if (width < 1 || Width() <= width) return {*this};
  std::vector<StyledText> lines;
  const std::vector<Cluster> clusters = SplitClusters(text_);
  const auto offset = [&](size_t i) {
    return i < clusters.size() ? static_cast<size_t>(clusters[i].bytes.data() - text_.data())
                               : text_.size();
  };
  const auto is_space = [&](size_t i) { return clusters[i].bytes == " "; };
  size_t start = 0;
  while (start < clusters.size()) {
    size_t end = start;         // one past the last cluster that fits
    size_t last_space = start;  // start: there is none
    for (int cells = 0; end < clusters.size(); ++end) {
      if (end > start && is_space(end)) last_space = end;
      cells += clusters[end].cells;
      if (cells > width && end > start) break;
    }
    if (end < clusters.size() && last_space > start) end = last_space;
    lines.push_back(Slice(offset(start), offset(end)));
    start = end;
    while (start < clusters.size() && is_space(start)) ++start;
  }
  return lines;
}

StyledText StyledText::Truncated(int width, Charset charset) const {
  if (Width() <= width) return *this;
  if (width < 1) return {};
  const std::string_view mark = TruncateToWidth(charset == Charset::kUtf8 ? "…" : "...", width);
  StyledText cut = Slice(0, TruncateToWidth(text_, width - DisplayWidth(mark)).size());
  cut.Append(mark, cut.runs_.empty() ? Style::kPlain : cut.runs_.back().style);
  return cut;
}

std::string StyledText::Render(ColorMode color) const {
  if (color == ColorMode::kOff) return text_;
  std::string out;
  size_t begin = 0;
  for (const Run& run : runs_) {
    const std::string_view part = std::string_view(text_).substr(begin, run.end - begin);
    if (run.style == Style::kPlain) {
      out += part;
    } else {
      out.append(StartOf(run.style)).append(part).append(kReset);
    }
    begin = run.end;
  }
  return out;
}

}  // namespace electra::client
