#include "client/transfer/local_corpus.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files/local_file.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "client/transfer/column_reader.h"
#include "client/transfer/corpus_files.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

namespace fs = std::filesystem;

constexpr size_t kShownNames = 5;

std::string Shown(std::vector<std::string> names) {
  const size_t count = names.size();
  names.resize(std::min(count, kShownNames));
  const std::string shown = Visible(absl::StrJoin(names, ", "));
  return count > kShownNames ? absl::StrCat(shown, ", ... (", count, ")") : shown;
}

}  // namespace

absl::Status ResolveCorpus(Environment& environment, Language language, UploadOptions& upload) {
  std::error_code error;
  const bool is_folder = fs::is_directory(upload.path, error);
  const bool is_columnar =
      !is_folder && upload.format == v1::CORPUS_FORMAT_UNSPECIFIED && IsColumnarFile(upload.path);
  if (!is_folder && !is_columnar) return absl::OkStatus();
  CorpusFiles found{.files = {{.path = upload.path}}, .is_columnar = true};
  if (is_folder) {
    // By a name of its own, whatever the way to it: "books/", ".".
    fs::path folder = fs::absolute(upload.path, error).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();
    upload.path = folder.string();
    ASSIGN_OR_RETURN(found, FindCorpusFiles(upload.path, upload.format));
  }
  if (!found.left_out.empty()) {
    *environment.err.stream << Say(kPhrases.files_left_out, BaseName(upload.path),
                                   found.files.size(), Shown(found.left_out))
                                   .In(language)
                            << "\n";
  }
  if (!found.is_columnar) {
    upload.format = found.format;
    upload.files = std::move(found.files);
    return absl::OkStatus();
  }
  if (!upload.delimiter.empty() || upload.quoting != v1::QUOTING_UNSPECIFIED) {
    return InvalidArgument(kPhrases.not_for_columns, BaseName(upload.path));
  }
  ASSIGN_OR_RETURN(upload.converted,
                   ReadColumn(environment, BaseName(upload.path), found.files, upload.column));
  upload.format = v1::JSONL;
  upload.encoding.clear();
  return absl::OkStatus();
}

}  // namespace electra::client
