#include "client/shell/list_output.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/i18n/message_values.h"
#include "client/rpc/json_output.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "google/protobuf/timestamp.pb.h"
#include "nlohmann/json.hpp"

namespace electra::client {

namespace {

// Users type its name again.
std::vector<Column> WithWholeName(std::vector<Column> columns) {
  columns.front().fit = Fit::kWhole;
  return columns;
}

}  // namespace

ListOutput::ListOutput(const CommandContext& context, std::vector<Column> columns,
                       Overflow overflow)
    : context_(context), overflow_(overflow), table_(WithWholeName(std::move(columns))) {}

void ListOutput::Add(const google::protobuf::Message& message, std::vector<StyledText> cells) {
  if (context_.format == OutputFormat::kJson) {
    WriteJsonLine(context_.out(), message);
  } else if (context_.environment.out.is_terminal) {
    table_.AddRow(std::move(cells));
  } else {
    // Tabs inside of a cell were made visible with everything else, so a tab is a border.
    for (size_t i = 0; i < cells.size(); ++i) {
      context_.out() << (i > 0 ? "\t" : "") << PipeCell(cells[i], context_.cells);
    }
    context_.out() << "\n";
  }
}

void ListOutput::Finish() {
  const Output& output = context_.environment.out;
  if (context_.format == OutputFormat::kJson || !output.is_terminal) return;
  if (table_.empty()) {
    context_.out() << context_.labels().none_yet << "\n";
  } else {
    context_.out() << table_.Render({.width = output.TableWidth(),
                                     .color = output.color,
                                     .overflow = overflow_,
                                     .charset = output.charset});
  }
}

std::string PipeCell(const StyledText& cell, Cells cells) {
  const std::string& text = cell.text();
  double number = 0;
  const bool is_number = text == "-" || absl::SimpleAtod(text, &number);
  return Cell(text, is_number ? Cells::kRaw : cells);
}

void FactOutput::Add(std::string key, std::string label, std::string value) {
  if (value.empty()) return;
  facts_.push_back({std::move(key), std::move(label), std::move(value)});
}

void FactOutput::Finish() {
  const Output& output = context_.environment.out;
  if (!output.is_terminal) {
    for (const Fact& fact : facts_) {
      context_.out() << fact.key << "\t" << PipeCell(fact.value, context_.cells) << "\n";
    }
    return;
  }
  int indent = 0;
  for (const Fact& fact : facts_) indent = std::max(indent, StyledText(fact.label).Width() + 2);
  const int room = std::max(output.width() - indent, 20);
  for (const Fact& fact : facts_) {
    StyledText label(fact.label, Style::kStrong);
    const int gap = indent - label.Width();
    label.Append(std::string(static_cast<size_t>(gap), ' '));
    bool first = true;
    for (const StyledText& line : StyledText(fact.value).Wrap(room)) {
      context_.out() << (first ? label.Render(output.color)
                               : std::string(static_cast<size_t>(indent), ' '))
                     << line.Render(output.color) << "\n";
      first = false;
    }
  }
}

void SayDeleted(const CommandContext& context, const std::string& name) {
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), nlohmann::json{{"deleted", name}});
  } else {
    context.out() << absl::Substitute(context.labels().deleted, Visible(name)) << "\n";
  }
}

void SayKept(const CommandContext& context, const std::string& name) {
  context.out() << absl::Substitute(context.labels().not_deleted, Visible(name)) << "\n";
}

std::string ListId(const CommandContext& context, const std::string& id) {
  constexpr size_t kEnough = 8;
  const Output& output = context.environment.out;
  return output.is_terminal && !output.wide ? id.substr(0, kEnough) : id;
}

std::string ListTime(const CommandContext& context, const google::protobuf::Timestamp& time) {
  return context.environment.out.is_terminal
             ? FormatRelative(time, context.environment.now(), context.language)
             : FormatRfc3339(time);
}

std::string ListBytes(const CommandContext& context, int64_t bytes) {
  return context.environment.out.is_terminal ? FormatBytes(bytes) : absl::StrCat(bytes);
}

std::string ListCount(const CommandContext& context, int64_t count) {
  return context.environment.out.is_terminal ? FormatCount(count) : absl::StrCat(count);
}

}  // namespace electra::client
