// A restricted reader of Python pickles, protocol 2: only what a dict of tensors needs, and nothing
// is ever called. The result is plain data; a call that the pickle asks for is kept as a value with
// the function and its arguments, for the caller to interpret.
//
// Strings borrow from the bytes that were read. Values refer to each other and live as long as the
// reader; a hostile pickle may make cycles, so do not walk values without a bound on depth.
// Not thread-safe.
//
//   PickleReader reader(bytes, "pytorch_model.bin");
//   ASSIGN_OR_RETURN(const PickleValue* root, reader.ReadOne());
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra {

struct PickleValue {
  enum class Kind {
    kNone,
    kBool,        // integer
    kInt,         // integer
    kBigInt,      // text: two's complement, little-endian
    kFloat,       // its value is not kept
    kString,      // text
    kList,        // items
    kTuple,       // items
    kDict,        // items: key, value, key, value, ...; also collections.OrderedDict
    kGlobal,      // module, text: a name, not what it stands for
    kPersistent,  // items: the one id that the pickle gave
    kCall         // items: the global, then its arguments
  };

  Kind kind = Kind::kNone;
  int64_t integer = 0;
  std::string_view module = {};
  std::string_view text = {};
  std::vector<const PickleValue*> items = {};
};

class PickleReader {
 public:
  // `source_name` starts the error messages.
  PickleReader(std::span<const std::byte> bytes, std::string source_name);

  // Reads the next pickle of the stream, up to its STOP. PermissionDenied when it names anything
  // but the parts of tensors or uses an opcode that they do not need.
  absl::StatusOr<const PickleValue*> ReadOne();

  // Where the next pickle would start.
  size_t position() const { return position_; }

 private:
  using Kind = PickleValue::Kind;

  absl::Status Step(uint8_t opcode);
  absl::Status StepNumber(uint8_t opcode);
  absl::Status StepContainer(uint8_t opcode);
  absl::Status StepObject(uint8_t opcode);

  absl::Status ReadString(size_t length_bytes);
  absl::Status ReadLong();
  absl::Status ReadGlobal();
  absl::Status MakeTuple(size_t count);
  absl::Status AddItems(size_t first);
  absl::Status Reduce();
  absl::Status Build();
  absl::Status Remember(uint64_t slot);
  absl::Status Recall(uint64_t slot);

  // The place of the opcode before `status`.
  absl::Status At(const absl::Status& status) const;
  absl::Status EmptyStack() const;
  absl::Status RefuseOpcode(uint8_t opcode) const;
  absl::StatusOr<std::string_view> Take(uint64_t count);
  absl::StatusOr<uint64_t> TakeNumber(size_t bytes);
  absl::StatusOr<std::string_view> TakeLine();
  absl::StatusOr<PickleValue*> Pop();
  absl::StatusOr<size_t> PopMark();  // index of the first value above it
  absl::Status Push(PickleValue* value);
  absl::Status PushNew(PickleValue value);
  absl::Status CountItems(size_t count);
  // The lowest index of the stack above the last mark.
  size_t Floor() const { return marks_.empty() ? 0 : marks_.back(); }

  std::span<const std::byte> bytes_;
  std::string source_name_;
  size_t position_ = 0;
  size_t opcode_at_ = 0;  // for errors
  int64_t opcodes_ = 0;
  size_t items_ = 0;  // of all values together
  std::deque<PickleValue> values_;
  std::vector<PickleValue*> stack_;
  std::vector<size_t> marks_;  // stack heights
  std::unordered_map<uint64_t, PickleValue*> memo_;
};

}  // namespace electra
