#include "server/filter/job_filter.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "core/base/hints.h"
#include "core/base/nearest.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/settings/hyperparameter_table.h"
#include "server/filter/filter.h"
#include "server/filter/job_fields.h"
#include "server/store/job_state.h"

namespace electra::server {
namespace {

constexpr std::string_view kTags = "tags.";
constexpr std::string_view kHyperparameters = "hyperparameters.";

const char* SqlOperator(FilterOperator op) {
  switch (op) {
    case FilterOperator::kEqual:
    case FilterOperator::kHas:
      return " = ";
    case FilterOperator::kNotEqual:
      return " <> ";
    case FilterOperator::kLess:
      return " < ";
    case FilterOperator::kAtMost:
      return " <= ";
    case FilterOperator::kGreater:
      return " > ";
    case FilterOperator::kAtLeast:
      return " >= ";
  }
  return " = ";
}

bool IsOrder(FilterOperator op) {
  return op != FilterOperator::kEqual && op != FilterOperator::kNotEqual &&
         op != FilterOperator::kHas;
}

// `FIELD:*`
bool AsksPresence(const FilterTerm& term) {
  return term.op == FilterOperator::kHas && term.value == "*" && !term.quoted;
}

// Whether the index of trigrams finds the word: shorter ones are not in any trigram, and a zero
// byte ends the query.
bool HasTrigram(std::string_view word) {
  const auto starts_character = [](char byte) { return (byte & 0xC0) != 0x80; };
  return std::count_if(word.begin(), word.end(), starts_character) >= 3 &&
         word.find('\0') == std::string_view::npos;
}

absl::Status NoOrder(const FilterTerm& term, const Message& kind) {
  return FilterError(term.field_place,
                     Message("FILTER_NO_ORDER", "{field} is {kind}: it takes =, != and \":\"",
                             Quoted(term.field), kind));
}

// Builds the condition from left to right, so that values come in the order of their `?`.
class Compiler {
 public:
  absl::Status Add(const FilterNode& node) {
    switch (node.kind) {
      case FilterNode::Kind::kAnd:
        return AddJoined(node, " AND ");
      case FilterNode::Kind::kOr:
        return AddJoined(node, " OR ");
      case FilterNode::Kind::kNot:
        Append("(");
        RETURN_IF_ERROR(Add(node.children.front()));
        Append(" IS NOT TRUE)");
        return absl::OkStatus();
      case FilterNode::Kind::kTerm:
        return AddTerm(node.term);
    }
    return absl::OkStatus();
  }

  SqlCondition Finish() && { return std::move(condition_); }

 private:
  void Append(std::string_view sql) { condition_.sql += sql; }
  void Append(std::string_view sql, SqlValue value) {
    Append(sql);
    condition_.values.push_back(std::move(value));
  }

  absl::Status AddJoined(const FilterNode& node, std::string_view joint) {
    std::string_view before = "(";
    for (const FilterNode& child : node.children) {
      Append(before);
      RETURN_IF_ERROR(Add(child));
      before = joint;
    }
    Append(")");
    return absl::OkStatus();
  }

  absl::Status AddTerm(const FilterTerm& term) {
    if (term.field.empty()) return AddAnywhere(term.value);
    if (term.field == "tags") return AddHasTag(term);
    if (term.field.starts_with(kTags)) return AddTag(term);
    if (term.field.starts_with(kHyperparameters)) return AddHyperparameter(term);
    const JobField* field = FindJobField(term.field);
    if (field == nullptr) return FilterError(term.field_place, UnknownJobField(term.field));
    if (AsksPresence(term)) {
      // NULL <> '' is NULL, which is not true.
      Append(absl::StrCat("(", std::string(field->sql),
                          field->type == JobField::Type::kText ? " <> '')" : " IS NOT NULL)"));
      return absl::OkStatus();
    }
    switch (field->type) {
      case JobField::Type::kText:
        return AddText(term, field->sql, field->collection);
      case JobField::Type::kState:
        return AddState(term, field->sql);
      case JobField::Type::kNumber:
        return AddNumber(term, field->sql);
      case JobField::Type::kTime:
        return AddTime(term, field->sql);
    }
    return absl::OkStatus();
  }

  absl::Status AddAnywhere(const std::string& value) {
    const std::string word = absl::AsciiStrToLower(value);
    if (HasTrigram(word)) {
      Append("(jobs.id IN (SELECT rowid FROM job_text_trigrams WHERE job_text_trigrams MATCH ?)",
             absl::StrCat("\"", absl::StrReplaceAll(word, {{"\"", "\"\""}}), "\""));
    } else {
      Append("(instr(job_texts.text, ?) > 0", word);
    }
    Append(" OR instr(jobs.name, ?) = 1", value);
    Append(" OR jobs.id IN (SELECT job_id FROM job_tags WHERE key = ?))", value);
    return absl::OkStatus();
  }

  absl::Status AddText(const FilterTerm& term, std::string_view sql,
                       std::string_view collection = "") {
    if (IsOrder(term.op)) return NoOrder(term, Message("FILTER_IS_TEXT", "text"));
    const std::string column(sql);
    std::string_view value = term.value;
    if (!collection.empty() && value.starts_with(collection))
      value.remove_prefix(collection.size());
    if (term.op == FilterOperator::kHas) {
      Append(absl::StrCat("(instr(lower(", column, "), lower(?)) > 0)"), std::string(value));
      return absl::OkStatus();
    }
    const bool open_begin = value.starts_with('*');
    if (open_begin) value.remove_prefix(1);
    const bool open_end = value.ends_with('*');
    if (open_end) value.remove_suffix(1);
    Append(term.op == FilterOperator::kNotEqual ? "(NOT " : "(");
    if (open_begin && open_end) {
      Append(absl::StrCat("instr(", column, ", ?) > 0)"), std::string(value));
    } else if (open_end) {
      Append(absl::StrCat("instr(", column, ", ?) = 1)"), std::string(value));
    } else if (open_begin) {
      Append(absl::StrCat("(length(", column, ") >= length(?)"), std::string(value));
      Append(absl::StrCat(" AND substr(", column, ", length(", column, ") - length(?) + 1) = ?))"),
             std::string(value));
      condition_.values.emplace_back(std::string(value));
    } else {
      Append(absl::StrCat("(", column, " = ?))"), std::string(value));
    }
    return absl::OkStatus();
  }

  absl::Status AddState(const FilterTerm& term, std::string_view sql) {
    if (IsOrder(term.op)) return NoOrder(term, Message("FILTER_IS_STATE", "a state"));
    const std::string name = absl::AsciiStrToUpper(term.value);
    if (ParseJobState(name) == v1::JOB_STATE_UNSPECIFIED) return UnknownState(term, name);
    Append(absl::StrCat("(", std::string(sql), SqlOperator(term.op), "?)"), name);
    return absl::OkStatus();
  }

  static absl::Status UnknownState(const FilterTerm& term, const std::string& name) {
    std::vector<std::string_view> names;
    for (int state = v1::JobState_MIN + 1; state <= v1::JobState_MAX; ++state) {
      if (v1::JobState_IsValid(state)) {
        names.push_back(JobStateName(static_cast<v1::JobState>(state)));
      }
    }
    const std::optional<std::string> nearest = Nearest(name, names);
    return FilterError(
        term.value_place,
        Message("FILTER_UNKNOWN_STATE", "{value} is not a state: {hint}", Quoted(term.value),
                nearest ? DidYouMean(*nearest) : UseOneOf(names)));
  }

  absl::Status AddNumber(const FilterTerm& term, std::string_view sql) {
    double number = 0;
    if (!absl::SimpleAtod(term.value, &number) || !std::isfinite(number)) {
      return FilterError(term.value_place, Message("FILTER_NOT_A_NUMBER", "{value} is not a number",
                                                   Quoted(term.value)));
    }
    Append(absl::StrCat("(", std::string(sql), SqlOperator(term.op), "?)"), number);
    return absl::OkStatus();
  }

  absl::Status AddTime(const FilterTerm& term, std::string_view sql) {
    const std::string column(sql);
    absl::CivilDay day;
    // Only the years of RFC 3339: the last civil day has no next one.
    const bool is_day =
        absl::ParseCivilTime(term.value, &day) && day.year() >= 0 && day.year() <= 9999;
    if (is_day) {
      const int64_t begin = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone()));
      if (!IsOrder(term.op)) {
        const int64_t end = absl::ToUnixMicros(absl::FromCivil(day + 1, absl::UTCTimeZone()));
        Append(term.op == FilterOperator::kNotEqual ? "(NOT (" : "((");
        Append(absl::StrCat(column, " >= ?"), begin);
        Append(absl::StrCat(" AND ", column, " < ?))"), end);
        return absl::OkStatus();
      }
      Append(absl::StrCat("(", column, SqlOperator(term.op), "?)"), begin);
      return absl::OkStatus();
    }
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, term.value, &time, &error) ||
        time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
      return FilterError(
          term.value_place,
          Message("FILTER_NOT_A_TIME",
                  "{value} is not a time such as 2026-11-01 or 2026-11-01T09:30:00+09:00",
                  Quoted(term.value)));
    }
    Append(absl::StrCat("(", column, SqlOperator(term.op), "?)"), absl::ToUnixMicros(time));
    return absl::OkStatus();
  }

  // `tags:KEY`
  absl::Status AddHasTag(const FilterTerm& term) {
    if (term.op != FilterOperator::kHas) {
      return FilterError(
          term.field_place,
          Message("FILTER_TAGS_HAVE_KEYS",
                  "tags have keys: write tags.KEY=VALUE, or tags:KEY for whether there is one"));
    }
    if (AsksPresence(term)) {
      Append("(EXISTS (SELECT 1 FROM job_tags WHERE job_id = jobs.id))");
    } else {
      Append("(jobs.id IN (SELECT job_id FROM job_tags WHERE key = ?))", term.value);
    }
    return absl::OkStatus();
  }

  absl::Status AddTag(const FilterTerm& term) {
    std::string key = term.field.substr(kTags.size());
    if (key.empty()) {
      return FilterError(term.field_place,
                         Message("FILTER_TAG_KEY_MISSING", "the key after \"tags.\" is missing"));
    }
    Append("(jobs.id IN (SELECT job_id FROM job_tags WHERE key = ?", std::move(key));
    if (!AsksPresence(term)) {
      Append(" AND ");
      RETURN_IF_ERROR(AddText(term, "value"));
    }
    Append("))");
    return absl::OkStatus();
  }

  absl::Status AddHyperparameter(const FilterTerm& term) {
    const std::string_view key = std::string_view(term.field).substr(kHyperparameters.size());
    const std::optional<HyperparameterInfo> info = FindHyperparameter(key);
    if (!info) return UnknownHyperparameter(term, key);
    // The key is in the table, and none of its keys needs quoting in a path.
    const std::string sql = absl::StrCat("json_extract(jobs.hyperparameters, '$.", info->key, "')");
    if (AsksPresence(term)) {
      Append(absl::StrCat("(", sql, " IS NOT NULL)"));
      return absl::OkStatus();
    }
    if (info->type == "string") return AddText(term, sql);
    const bool has_words = info->type == "boolean|string";
    if (info->type != "boolean" && !has_words) return AddNumber(term, sql);
    if (IsOrder(term.op)) return NoOrder(term, Message("FILTER_IS_BOOLEAN", "true or false"));
    if (term.value != "true" && term.value != "false") {
      if (has_words) return AddText(term, sql);
      return FilterError(
          term.value_place,
          Message("FILTER_NOT_A_BOOLEAN", "{value} is neither true nor false", Quoted(term.value)));
    }
    Append(absl::StrCat("(", sql, SqlOperator(term.op), "?)"),
           static_cast<int64_t>(term.value == "true"));
    return absl::OkStatus();
  }

  static std::optional<HyperparameterInfo> FindHyperparameter(std::string_view key) {
    for (HyperparameterInfo& info : DescribeHyperparameters()) {
      if (info.key == key) return std::move(info);
      for (const std::string& alias : info.aliases) {
        if (alias == key) return std::move(info);
      }
    }
    return std::nullopt;
  }

  static absl::Status UnknownHyperparameter(const FilterTerm& term, std::string_view key) {
    const std::vector<HyperparameterInfo> table = DescribeHyperparameters();
    std::vector<std::string_view> keys;
    keys.reserve(table.size());
    for (const HyperparameterInfo& info : table) keys.push_back(info.key);
    const std::optional<std::string> nearest = Nearest(key, keys);
    return FilterError(
        term.field_place,
        Message("FILTER_UNKNOWN_HYPERPARAMETER", "there is no hyperparameter {key}: {hint}",
                Quoted(key),
                nearest ? DidYouMean(Quoted(*nearest)) : ListedBy("electra hyperparameters")));
  }

  SqlCondition condition_;
};

}  // namespace

absl::StatusOr<SqlCondition> CompileJobFilter(std::string_view filter) {
  ASSIGN_OR_RETURN(const std::optional<FilterNode> tree, ParseFilter(filter));
  if (!tree) return SqlCondition();
  Compiler compiler;
  RETURN_IF_ERROR(compiler.Add(*tree));
  return std::move(compiler).Finish();
}

}  // namespace electra::server
