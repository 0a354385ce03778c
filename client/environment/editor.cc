#include "client/environment/editor.h"

#include <fstream>
#include <iterator>

#include "client/environment/child.h"
#include "client/files/scratch_file.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

// Editors expect a line end.
absl::Status WriteForEditor(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!text.empty() && text.back() != '\n') out << '\n';
  out.close();
  if (!out) return FailedPrecondition(kPhrases.disk_full, Visible(path));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> EditText(
    const std::string& text,
    const std::function<std::optional<std::string>(const std::string& name)>& variable) {
  std::string command = "vi";
  for (const char* name : {"VISUAL", "EDITOR"}) {
    const std::optional<std::string> value = variable(name);
    if (!value || value->empty()) continue;
    command = *value;
    break;
  }
  ASSIGN_OR_RETURN(const ScratchFile file, ScratchFile::Create("note.txt"));
  RETURN_IF_ERROR(WriteForEditor(file.path(), text));
  ASSIGN_OR_RETURN(const pid_t editor,
                   StartChild({"sh", "-c", command + " \"$1\"", "sh", file.path()}));
  if (AwaitChild(editor) != 0) {
    return FailedPrecondition(kPhrases.editor_failed, command);
  }
  std::ifstream in(file.path(), std::ios::binary);
  std::string edited{std::istreambuf_iterator<char>(in), {}};
  edited.erase(edited.find_last_not_of('\n') + 1);
  return edited;
}

}  // namespace electra::client
