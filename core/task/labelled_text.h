// Texts with a label each, and their division into texts for training and for testing.
//
//   const LabelledData data{.path = path, .reading = options, .label_column = "label"};
//   ASSIGN_OR_RETURN(const LabelledTexts texts, ReadLabelledTexts(data));
//   const DataSplit split = StratifiedSplit(texts.labels, 20, seed);
//
// Free functions without state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/batch/batch.h"
#include "core/text/corpus_reader.h"

namespace electra {

inline constexpr int64_t kMostLabelledRows = 500'000;
inline constexpr int64_t kMostLabelledBytes = int64_t{64} << 20;  // of all texts
inline constexpr int64_t kMostClasses = 1000;
inline constexpr size_t kMostLabelBytes = 256;

struct LabelledData {
  std::filesystem::path path;
  CorpusOptions reading;     // its column holds the texts
  std::string label_column;  // or field
};

struct LabelledTexts {
  std::vector<std::string> texts;
  std::vector<int64_t> labels;       // of each text: an index into `classes`
  std::vector<std::string> classes;  // in the order of their bytes
  int64_t left_out = 0;              // rows whose text or label is blank
};

// InvalidArgument: CorpusReader's errors, or beyond the limits above, fewer than two classes, or a
// class with a single row.
absl::StatusOr<LabelledTexts> ReadLabelledTexts(const LabelledData& data);

// Tests on `percentage` of each class, at least one row and at most all but one: `validation` of
// the result. Each class has two rows at least; labels count from 0.
DataSplit StratifiedSplit(std::span<const int64_t> labels, double percentage, uint64_t seed);

}  // namespace electra
