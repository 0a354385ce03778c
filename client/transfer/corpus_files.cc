#include "client/transfer/corpus_files.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "client/files/local_file.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostDescription = 16 << 20;

struct Kind {
  std::string_view ending;
  v1::CorpusFormat format;
  bool is_columnar;
};
constexpr Kind kKinds[] = {{".txt", v1::TEXT, false},
                           {".csv", v1::CSV, false},
                           {".tsv", v1::TSV, false},
                           {".jsonl", v1::JSONL, false},
                           {".ndjson", v1::JSONL, false},
                           {".parquet", v1::CORPUS_FORMAT_UNSPECIFIED, true},
                           {".arrow", v1::CORPUS_FORMAT_UNSPECIFIED, true}};

const Kind* KindOf(const fs::path& path) {
  fs::path name = path.filename();
  if (name.extension() == ".gz" || name.extension() == ".zst") name = name.stem();
  const std::string ending = absl::AsciiStrToLower(name.extension().string());
  const auto found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                  [&](const Kind& kind) { return kind.ending == ending; });
  return found == std::end(kKinds) ? nullptr : found;
}

bool IsSameKind(const Kind& a, const Kind& b) {
  return a.format == b.format && a.is_columnar == b.is_columnar;
}

absl::Status NotRead(const fs::path& path, const std::error_code& error) {
  return FailedPrecondition(kPhrases.cannot_read, Visible(path.string()),
                            SystemReason(error.value()));
}

absl::StatusOr<nlohmann::json> ReadDescription(const fs::path& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadWhole(path.string(), kMostDescription));
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// Texts of an array, by the key of each object where one is given.
std::vector<std::string> TextsOf(const nlohmann::json& object, const char* list, const char* key) {
  std::vector<std::string> texts;
  if (!object.is_object() || !object.contains(list) || !object[list].is_array()) return texts;
  for (const nlohmann::json& one : object[list]) {
    const nlohmann::json text = key != nullptr && one.is_object() ? one.value(key, one) : one;
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

// What `save_to_disk` of a dataset wrote.
absl::StatusOr<CorpusFiles> FilesOfDataset(const fs::path& folder, const fs::path& state) {
  ASSIGN_OR_RETURN(const nlohmann::json description, ReadDescription(state));
  CorpusFiles found{.is_columnar = true};
  for (const std::string& name : TextsOf(description, "_data_files", "filename")) {
    const fs::path path = folder / name;
    std::error_code error;
    const bool is_in_it = fs::path(name).filename() == name;
    if (!is_in_it || !fs::is_regular_file(path, error)) {
      return FailedPrecondition(kPhrases.dataset_file_missing, Visible(folder.string()),
                                Visible(name));
    }
    found.files.push_back({.path = path.string(), .name = name});
  }
  if (!found.files.empty()) return found;
  return FailedPrecondition(kPhrases.no_corpus_files, Visible(folder.string()));
}

absl::StatusOr<std::vector<CorpusFile>> AllFilesIn(const fs::path& folder) {
  std::vector<CorpusFile> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    const bool is_hidden = entry->path().filename().string().starts_with('.');
    std::error_code ignored;
    if (is_hidden && entry->is_directory(ignored)) entry.disable_recursion_pending();
    if (is_hidden || !entry->is_regular_file(ignored)) continue;
    const std::uintmax_t size = entry->file_size(error);
    if (error) break;
    files.push_back({.path = entry->path().string(),
                     .name = entry->path().lexically_relative(folder).generic_string(),
                     .size_bytes = static_cast<int64_t>(size)});
  }
  if (error) return NotRead(folder, error);
  std::sort(files.begin(), files.end(),
            [](const CorpusFile& a, const CorpusFile& b) { return a.name < b.name; });
  return files;
}

}  // namespace

bool IsColumnarFile(const std::string& path) {
  const Kind* const kind = KindOf(path);
  return kind != nullptr && kind->is_columnar;
}

absl::StatusOr<CorpusFiles> FindCorpusFiles(const std::string& folder, v1::CorpusFormat format) {
  std::error_code error;
  if (const fs::path dict = fs::path(folder) / "dataset_dict.json"; fs::exists(dict, error)) {
    ASSIGN_OR_RETURN(const nlohmann::json description, ReadDescription(dict));
    return FailedPrecondition(
        kPhrases.dataset_of_splits, Visible(folder),
        Visible(absl::StrJoin(TextsOf(description, "splits", nullptr), ", ")));
  }
  const fs::path state = fs::path(folder) / "state.json";
  if (format == v1::CORPUS_FORMAT_UNSPECIFIED && fs::exists(state, error)) {
    return FilesOfDataset(folder, state);
  }
  ASSIGN_OR_RETURN(std::vector<CorpusFile> files, AllFilesIn(folder));
  CorpusFiles found{.format = format};
  const Kind* chosen = nullptr;
  for (CorpusFile& file : files) {
    const Kind* const kind = KindOf(file.path);
    const bool is_other =
        kind == nullptr || (format != v1::CORPUS_FORMAT_UNSPECIFIED && kind->format != format);
    if (is_other) {
      found.left_out.push_back(std::move(file.name));
      continue;
    }
    if (chosen != nullptr && !IsSameKind(*chosen, *kind)) {
      return FailedPrecondition(kPhrases.several_kinds, Visible(folder),
                                Visible(found.files.front().name), Visible(file.name));
    }
    chosen = kind;
    found.files.push_back(std::move(file));
  }
  if (chosen == nullptr) return FailedPrecondition(kPhrases.no_corpus_files, Visible(folder));
  found.format = chosen->format;
  found.is_columnar = chosen->is_columnar;
  return found;
}

}  // namespace electra::client
