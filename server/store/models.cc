#include "server/store/models.h"

#include <SQLiteCpp/Statement.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "core/base/hints.h"
#include "core/base/message.h"
#include "core/base/nearest.h"
#include "core/shape/presets.h"
#include "server/store/names.h"

namespace electra::server {
namespace {

constexpr char kModelColumns[] =
    "SELECT id, name, folder, sha256, size_bytes, generator_config, discriminator_config, notes, "
    "created_at, imported_by, note_codes, sources FROM models ";

std::string JsonText(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Reads columns notes and note_codes, as WriteNotes writes them; in rows older than the codes, the
// second is shorter.
std::vector<Message> ReadNotes(const std::string& texts, const std::string& codes) {
  const nlohmann::json codes_array = nlohmann::json::parse(codes);
  std::vector<Message> notes;
  for (const nlohmann::json& text : nlohmann::json::parse(texts)) {
    const std::string code =
        notes.size() < codes_array.size() ? codes_array[notes.size()].dump() : "";
    notes.push_back(FromCodeJson(text.get<std::string>(), code));
  }
  return notes;
}

struct NoteColumns {
  std::string texts;
  std::string codes;
};

NoteColumns WriteNotes(const std::vector<Message>& notes) {
  nlohmann::json texts = nlohmann::json::array();
  nlohmann::json codes = nlohmann::json::array();
  for (const Message& note : notes) {
    texts.push_back(note.text());
    codes.push_back(note.code().empty() ? nlohmann::json() : nlohmann::json::parse(CodeJson(note)));
  }
  return {.texts = JsonText(texts), .codes = JsonText(codes)};
}

ModelRow ReadModelRow(SQLite::Statement& query) {
  return {.id = query.getColumn(0).getInt64(),
          .name = query.getColumn(1).getString(),
          .folder = query.getColumn(2).getString(),
          .sha256 = query.getColumn(3).getString(),
          .size_bytes = query.getColumn(4).getInt64(),
          .generator_config = query.getColumn(5).getString(),
          .discriminator_config = query.getColumn(6).getString(),
          .notes = ReadNotes(query.getColumn(7).getString(), query.getColumn(10).getString()),
          .created_at = query.getColumn(8).getInt64(),
          .imported_by = query.getColumn(9).getString(),
          .sources = query.getColumn(11).getString()};
}

std::optional<ModelRow> ReadByName(Reader& reader, std::string_view name) {
  SQLite::Statement query(reader.connection(), absl::StrCat(kModelColumns, "WHERE name = ?"));
  query.bind(1, std::string(name));
  if (!query.executeStep()) return std::nullopt;
  return ReadModelRow(query);
}

// Presets first: of two equally near names, the preset always exists.
std::vector<std::string> KnownNames(Reader& reader) {
  std::vector<std::string> names;
  for (const ModelPreset& preset : ModelPresets()) names.emplace_back(preset.name);
  SQLite::Statement query(reader.connection(),
                          "SELECT name FROM models ORDER BY id DESC LIMIT 1000");
  while (query.executeStep()) names.push_back(query.getColumn(0).getString());
  return names;
}

// The same content may have been stored without its sources.
void SetSources(Transaction& transaction, const ModelRow& model, const std::string& sources) {
  SQLite::Statement update(transaction.connection(), "UPDATE models SET sources = ? WHERE id = ?");
  update.bind(1, sources);
  update.bind(2, model.id);
  update.exec();
}

}  // namespace

absl::StatusOr<ModelRow> InsertModel(Transaction& transaction, const ModelRow& model) {
  if (const std::optional<ModelRow> known = ReadByName(transaction, model.name)) {
    if (known->sha256 == model.sha256) {
      if (known->sources.empty()) SetSources(transaction, *known, model.sources);
      return FindModel(transaction, model.name);
    }
    return AlreadyExistsError("MODEL_NAME_TAKEN",
                              "there is another model {model}: import this one under another name, "
                              "or delete that one with `electra model delete {model}`",
                              model.name);
  }
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT INTO models (name, folder, sha256, size_bytes, generator_config, "
      "discriminator_config, notes, note_codes, created_at, imported_by, sources) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const NoteColumns notes = WriteNotes(model.notes);
  insert.bind(1, model.name);
  insert.bind(2, model.folder);
  insert.bind(3, model.sha256);
  insert.bind(4, model.size_bytes);
  insert.bind(5, model.generator_config);
  insert.bind(6, model.discriminator_config);
  insert.bind(7, notes.texts);
  insert.bind(8, notes.codes);
  insert.bind(9, model.created_at);
  insert.bind(10, model.imported_by);
  insert.bind(11, model.sources);
  insert.exec();
  return FindModel(transaction, model.name);
}

std::optional<ModelRow> FindModelOfSources(Reader& reader, std::string_view sources) {
  SQLite::Statement query(
      reader.connection(),
      absl::StrCat(kModelColumns, "WHERE sources = ? ORDER BY id DESC LIMIT 1"));
  query.bind(1, std::string(sources));
  if (!query.executeStep()) return std::nullopt;
  return ReadModelRow(query);
}

absl::StatusOr<ModelRow> FindModel(Reader& reader, std::string_view name) {
  if (std::optional<ModelRow> model = ReadByName(reader, name)) return *std::move(model);
  const std::optional<std::string> nearest = Nearest(name, KnownNames(reader));
  return UnknownName(Message("MODEL", "model"), name,
                     nearest ? DidYouMean(*nearest) : ListedBy("electra model list"));
}

std::vector<ModelRow> ListModels(Reader& reader, int64_t before_id, int limit) {
  SQLite::Statement query(reader.connection(),
                          absl::StrCat(kModelColumns,
                                       "WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC "
                                       "LIMIT ?2"));
  query.bind(1, before_id);
  query.bind(2, limit);
  std::vector<ModelRow> rows;
  while (query.executeStep()) rows.push_back(ReadModelRow(query));
  return rows;
}

std::set<std::string> ModelFolders(Reader& reader) {
  return ReadNames(reader, "SELECT folder FROM models");
}

absl::Status DeleteModel(Transaction& transaction, const ModelRow& model) {
  SQLite::Statement users(transaction.connection(),
                          "SELECT name FROM jobs WHERE model = ? AND state NOT IN "
                          "('SUCCEEDED', 'FAILED', 'CANCELLED') LIMIT 1");
  users.bind(1, model.name);
  if (users.executeStep()) {
    return FailedPreconditionError(
        "MODEL_IN_USE", "model {model} is used by job {job}, which has not ended: cancel it first",
        model.name, users.getColumn(0).getString());
  }
  SQLite::Statement remove(transaction.connection(), "DELETE FROM models WHERE id = ?");
  remove.bind(1, model.id);
  if (remove.exec() > 0) return absl::OkStatus();
  return NotFoundError("MODEL_DELETED", "there is no model {model}", model.name);
}

}  // namespace electra::server
