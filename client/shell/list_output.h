// Lists in three forms: a table for a terminal, lines of tab-separated fields for a pipe, JSON for
// programs.
//
//   ListOutput list(context, {{"JOB"}, {"STEP", Align::kRight}});
//   list.Add(job, {job.name(), step});
//   return list.Finish();
//
// Not thread-safe. Ownership: borrows the context.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client/shell/command_context.h"
#include "client/text/table.h"
#include "core/base/safe_text.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace electra::client {

class ListOutput {
 public:
  // The first column is the name of its row, and is shown whole. `overflow`: for the others, on a
  // terminal without --wide.
  ListOutput(const CommandContext& context, std::vector<Column> columns,
             Overflow overflow = Overflow::kCut);

  // A pipe and JSON get the row at once; a terminal gets it with the table.
  void Add(const google::protobuf::Message& message, std::vector<StyledText> cells);
  // Writes the table, or that it is empty.
  void Finish();

 private:
  const CommandContext& context_;
  const Overflow overflow_;
  Table table_;
};

// A cell for a pipe. A number, and the dash for a missing value, are not formulas.
std::string PipeCell(const StyledText& cell, Cells cells);

// One name and value per line: a table without heading for a terminal, else separated by a tab.
class FactOutput {
 public:
  explicit FactOutput(const CommandContext& context) : context_(context) {}

  // A pipe gets `key` in every language. Facts without a value are left out.
  void Add(std::string key, std::string label, std::string value);
  void Finish();

 private:
  struct Fact {
    std::string key;
    std::string label;
    std::string value;
  };
  const CommandContext& context_;
  std::vector<Fact> facts_;
};

// The output of a delete: a sentence, or an object.
void SayDeleted(const CommandContext& context, const std::string& name);
// The output where the user declined.
void SayKept(const CommandContext& context, const std::string& name);

// On a terminal, enough of an id to distinguish it from others and to type it again.
std::string ListId(const CommandContext& context, const std::string& id);

// A readable time on a terminal, else one for programs.
std::string ListTime(const CommandContext& context, const google::protobuf::Timestamp& time);
std::string ListBytes(const CommandContext& context, int64_t bytes);
std::string ListCount(const CommandContext& context, int64_t count);

}  // namespace electra::client
