#include "core/task/labelled_text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/batch/random.h"

namespace electra {
namespace {

constexpr int64_t kMostBytesOfARow = int64_t{1} << 20;

// The samples of one column, with the lines on which they begin.
class Column {
 public:
  static absl::StatusOr<Column> Open(const LabelledData& data, const std::string& name,
                                     JsonValues values) {
    CorpusOptions options = data.reading;
    options.column = name;
    options.json_values = values;
    options.max_sample_bytes = kMostBytesOfARow;
    Column column;
    ASSIGN_OR_RETURN(column.reader_, CorpusReader::Open(data.path, options));
    RETURN_IF_ERROR(column.Advance());
    return column;
  }

  absl::Status Advance() {
    ASSIGN_OR_RETURN(has_value_, reader_->Next(&value_));
    return absl::OkStatus();
  }

  bool has_value() const { return has_value_; }
  int64_t line() const { return reader_->line(); }
  std::string& value() { return value_; }

 private:
  std::unique_ptr<CorpusReader> reader_;
  std::string value_;
  bool has_value_ = false;
};

absl::Status CheckClasses(const std::map<std::string, std::vector<size_t>>& rows_of) {
  const auto count = static_cast<int64_t>(rows_of.size());
  if (count < 2 || count > kMostClasses) {
    return InvalidArgumentError("WRONG_CLASS_COUNT",
                                "the labels are of {count} classes: they must be of 2 to {most}",
                                count, kMostClasses);
  }
  for (const auto& [name, rows] : rows_of) {
    if (rows.size() > 1) continue;
    return InvalidArgumentError("CLASS_TOO_SMALL",
                                "the label \"{label}\" has one row: each needs at least 2, one to "
                                "train on and one to test on",
                                name);
  }
  return absl::OkStatus();
}

// Numbers the classes in the order of their names.
absl::Status SetClasses(const std::vector<std::string>& names, LabelledTexts* texts) {
  std::map<std::string, std::vector<size_t>> rows_of;
  for (size_t row = 0; row < names.size(); ++row) rows_of[names[row]].push_back(row);
  RETURN_IF_ERROR(CheckClasses(rows_of));
  texts->labels.resize(names.size());
  for (const auto& [name, rows] : rows_of) {
    for (size_t row : rows) texts->labels[row] = static_cast<int64_t>(texts->classes.size());
    texts->classes.push_back(name);
  }
  return absl::OkStatus();
}

absl::Status CheckRow(const Column& texts, const std::string& label, size_t rows, int64_t bytes) {
  if (label.size() > kMostLabelBytes) {
    return InvalidArgumentError("LABEL_TOO_LONG",
                                "line {line}: the label has {bytes} bytes: at most {most}; is it "
                                "the right column?",
                                texts.line(), label.size(), kMostLabelBytes);
  }
  if (rows >= static_cast<size_t>(kMostLabelledRows) || bytes > kMostLabelledBytes) {
    return InvalidArgumentError("TOO_MUCH_LABELLED_TEXT",
                                "line {line}: labelled text may have {rows} rows and {bytes} bytes "
                                "at most: take a part of it",
                                texts.line(), kMostLabelledRows, kMostLabelledBytes);
  }
  return absl::OkStatus();
}

absl::StatusOr<LabelledTexts> ReadBothColumns(const LabelledData& data) {
  ASSIGN_OR_RETURN(Column texts, Column::Open(data, data.reading.column, JsonValues::kStrings));
  ASSIGN_OR_RETURN(Column labels, Column::Open(data, data.label_column, JsonValues::kLabels));
  LabelledTexts read;
  std::vector<std::string> names;
  int64_t bytes = 0;
  while (texts.has_value() || labels.has_value()) {
    const bool text_first =
        texts.has_value() && (!labels.has_value() || texts.line() < labels.line());
    if (text_first || !texts.has_value() || labels.line() < texts.line()) {
      ++read.left_out;
      RETURN_IF_ERROR((text_first ? texts : labels).Advance());
      continue;
    }
    bytes += static_cast<int64_t>(texts.value().size());
    if (const absl::Status row = CheckRow(texts, labels.value(), names.size(), bytes); !row.ok()) {
      return Within(data.reading.display_name, row);
    }
    read.texts.push_back(std::move(texts.value()));
    names.push_back(std::move(labels.value()));
    RETURN_IF_ERROR(texts.Advance());
    RETURN_IF_ERROR(labels.Advance());
  }
  if (const absl::Status classes = SetClasses(names, &read); !classes.ok()) {
    return Within(data.reading.display_name, classes);
  }
  return read;
}

}  // namespace

absl::StatusOr<LabelledTexts> ReadLabelledTexts(const LabelledData& data) {
  if (data.reading.format == CorpusFormat::kText) {
    return Within(data.reading.display_name,
                  InvalidArgumentError("LABELS_NEED_COLUMNS",
                                       "plain text has no labels: send a .csv, .tsv or .jsonl file "
                                       "with a column for the text and one for the label"));
  }
  if (data.label_column.empty() || data.label_column == data.reading.column) {
    return Within(data.reading.display_name,
                  InvalidArgumentError("LABEL_COLUMN",
                                       "the label's column is \"{label}\", the text's \"{text}\": "
                                       "name two different ones",
                                       data.label_column, data.reading.column));
  }
  return ReadBothColumns(data);
}

DataSplit StratifiedSplit(std::span<const int64_t> labels, double percentage, uint64_t seed) {
  std::map<int64_t, std::vector<uint64_t>> rows_of;
  for (size_t row = 0; row < labels.size(); ++row) rows_of[labels[row]].push_back(row);
  DataSplit split;
  for (auto& [label, rows] : rows_of) {
    KeyedRandom random(
        {static_cast<uint64_t>(RandomUse::kSplit), seed, static_cast<uint64_t>(label)});
    for (size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random.Below(i)]);
    const auto size = static_cast<int64_t>(rows.size());
    const auto wanted = std::llround(percentage / 100 * static_cast<double>(size));
    const int64_t tested = std::clamp<int64_t>(wanted, 1, size - 1);
    split.validation.insert(split.validation.end(), rows.begin(), rows.begin() + tested);
    split.train.insert(split.train.end(), rows.begin() + tested, rows.end());
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.validation.begin(), split.validation.end());
  return split;
}

}  // namespace electra
