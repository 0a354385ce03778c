#include "core/hub/pickle.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/json.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/hub/pickle_names.h"

namespace electra {
namespace {

// Far above what a state dict has (about 30 opcodes a tensor), low enough to bound memory.
constexpr int64_t kMaxOpcodes = 4'000'000;
constexpr size_t kMaxValues = 1'000'000;
constexpr size_t kMaxStack = 1'000'000;
constexpr size_t kMaxItems = 4'000'000;  // a tuple of a thousand may be copied a million times
constexpr size_t kMaxName = 256;

bool Is(const PickleValue& value, std::string_view module, std::string_view name) {
  return value.kind == PickleValue::Kind::kGlobal && value.module == module && value.text == name;
}

}  // namespace

PickleReader::PickleReader(std::span<const std::byte> bytes, std::string source_name)
    : bytes_(bytes), source_name_(std::move(source_name)) {}

absl::StatusOr<const PickleValue*> PickleReader::ReadOne() {
  stack_.clear();
  marks_.clear();
  memo_.clear();
  while (true) {
    opcode_at_ = position_;
    if (++opcodes_ > kMaxOpcodes) {
      return At(InvalidArgumentError("PICKLE_OPCODES", "the pickle has more than {limit} opcodes",
                                     kMaxOpcodes));
    }
    ASSIGN_OR_RETURN(uint64_t opcode, TakeNumber(1));
    if (opcode == '.') break;
    RETURN_IF_ERROR(Step(static_cast<uint8_t>(opcode)));
  }
  if (stack_.size() != 1 || !marks_.empty()) {
    return At(InvalidArgumentError(
        "PICKLE_END", "the pickle ends with {count} values, not with one", stack_.size()));
  }
  return stack_.back();
}

absl::Status PickleReader::Step(uint8_t opcode) {
  switch (opcode) {
    case 0x80: {  // PROTO
      ASSIGN_OR_RETURN(uint64_t version, TakeNumber(1));
      if (version == 2) return absl::OkStatus();
      return At(InvalidArgumentError("PICKLE_PROTOCOL",
                                     "the pickle uses pickle protocol {version}; only 2 is "
                                     "supported, torch.save's default",
                                     version));
    }
    case '(':  // MARK
      if (marks_.size() >= kMaxStack) {
        return At(InvalidArgumentError("PICKLE_MARKS", "the pickle has too many marks"));
      }
      marks_.push_back(stack_.size());
      return absl::OkStatus();
    case 'X':  // BINUNICODE
    case 'T':  // BINSTRING
      return ReadString(4);
    case 'U':  // SHORT_BINSTRING
      return ReadString(1);
    case 'q':    // BINPUT
    case 'r': {  // LONG_BINPUT
      ASSIGN_OR_RETURN(uint64_t slot, TakeNumber(opcode == 'q' ? 1 : 4));
      return Remember(slot);
    }
    case 'h':    // BINGET
    case 'j': {  // LONG_BINGET
      ASSIGN_OR_RETURN(uint64_t slot, TakeNumber(opcode == 'h' ? 1 : 4));
      return Recall(slot);
    }
    default:
      return StepNumber(opcode);
  }
}

absl::Status PickleReader::StepNumber(uint8_t opcode) {
  switch (opcode) {
    case 'N':  // NONE
      return PushNew({.kind = Kind::kNone});
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      return PushNew({.kind = Kind::kBool, .integer = opcode == 0x88 ? 1 : 0});
    case 'J': {  // BININT, signed
      ASSIGN_OR_RETURN(uint64_t number, TakeNumber(4));
      return PushNew(
          {.kind = Kind::kInt, .integer = static_cast<int32_t>(static_cast<uint32_t>(number))});
    }
    case 'K':    // BININT1
    case 'M': {  // BININT2
      ASSIGN_OR_RETURN(uint64_t number, TakeNumber(opcode == 'K' ? 1 : 2));
      return PushNew({.kind = Kind::kInt, .integer = static_cast<int64_t>(number)});
    }
    case 0x8a:  // LONG1
      return ReadLong();
    case 'G':  // BINFLOAT
      RETURN_IF_ERROR(Take(8).status());
      return PushNew({.kind = Kind::kFloat});
    default:
      return StepContainer(opcode);
  }
}

absl::Status PickleReader::StepContainer(uint8_t opcode) {
  switch (opcode) {
    case ']':  // EMPTY_LIST
      return PushNew({.kind = Kind::kList});
    case '}':  // EMPTY_DICT
      return PushNew({.kind = Kind::kDict});
    case ')':  // EMPTY_TUPLE
      return PushNew({.kind = Kind::kTuple});
    case 0x85:  // TUPLE1
    case 0x86:
    case 0x87:  // TUPLE3
      return MakeTuple(static_cast<size_t>(opcode - 0x84));
    case 't': {  // TUPLE
      ASSIGN_OR_RETURN(size_t first, PopMark());
      return MakeTuple(stack_.size() - first);
    }
    case 'a':  // APPEND
    case 's':  // SETITEM
    {
      const size_t count = opcode == 'a' ? 1 : 2;
      if (stack_.size() < Floor() + count + 1) return EmptyStack();
      return AddItems(stack_.size() - count);
    }
    case 'e':    // APPENDS
    case 'u': {  // SETITEMS
      ASSIGN_OR_RETURN(size_t first, PopMark());
      return AddItems(first);
    }
    default:
      return StepObject(opcode);
  }
}

absl::Status PickleReader::StepObject(uint8_t opcode) {
  switch (opcode) {
    case 'c':  // GLOBAL
      return ReadGlobal();
    case 'R':  // REDUCE
      return Reduce();
    case 'b':  // BUILD
      return Build();
    case 'Q': {  // BINPERSID
      ASSIGN_OR_RETURN(PickleValue * id, Pop());
      return PushNew({.kind = Kind::kPersistent, .items = {id}});
    }
    default:
      return RefuseOpcode(opcode);
  }
}

absl::Status PickleReader::ReadString(size_t length_bytes) {
  ASSIGN_OR_RETURN(uint64_t length, TakeNumber(length_bytes));
  ASSIGN_OR_RETURN(std::string_view text, Take(length));
  return PushNew({.kind = Kind::kString, .text = text});
}

absl::Status PickleReader::ReadLong() {
  ASSIGN_OR_RETURN(uint64_t length, TakeNumber(1));
  ASSIGN_OR_RETURN(std::string_view digits, Take(length));
  if (length > sizeof(int64_t)) return PushNew({.kind = Kind::kBigInt, .text = digits});
  uint64_t number = 0;
  if (!digits.empty()) {
    const bool negative = (static_cast<unsigned char>(digits.back()) & 0x80U) != 0;
    if (negative) number = ~uint64_t{0};
    std::memcpy(&number, digits.data(), digits.size());
  }
  return PushNew({.kind = Kind::kInt, .integer = static_cast<int64_t>(number)});
}

absl::Status PickleReader::ReadGlobal() {
  ASSIGN_OR_RETURN(std::string_view module, TakeLine());
  ASSIGN_OR_RETURN(std::string_view name, TakeLine());
  if (!IsTensorPart(module, name)) {
    std::string full = JsonExcerpt(absl::StrCat(std::string(module), ".", std::string(name)));
    full = full.substr(1, full.size() - 2);  // readable without its quotes
    return At(
        PermissionDeniedError("PICKLE_NAME", "names {name}, which is not a tensor: refused", full));
  }
  return PushNew({.kind = Kind::kGlobal, .module = module, .text = name});
}

absl::Status PickleReader::MakeTuple(size_t count) {
  if (stack_.size() < Floor() + count) return EmptyStack();
  PickleValue tuple{.kind = Kind::kTuple};
  tuple.items.assign(stack_.end() - static_cast<ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return PushNew(std::move(tuple));
}

// Moves the values from `first` on into the list or dict below them.
absl::Status PickleReader::AddItems(size_t first) {
  if (first == 0 || first - 1 < Floor()) {
    return At(InvalidArgumentError("PICKLE_NO_CONTAINER", "the pickle adds to no container"));
  }
  PickleValue& container = *stack_[first - 1];
  const uint8_t opcode = static_cast<uint8_t>(bytes_[opcode_at_]);
  const bool pairs = opcode == 's' || opcode == 'u';
  if (container.kind != (pairs ? Kind::kDict : Kind::kList) ||
      (pairs && (stack_.size() - first) % 2 != 0)) {
    return At(InvalidArgumentError("PICKLE_CONTAINER",
                                   "the pickle adds to a value other than a list or dict"));
  }
  RETURN_IF_ERROR(CountItems(stack_.size() - first));
  container.items.insert(container.items.end(), stack_.begin() + static_cast<ptrdiff_t>(first),
                         stack_.end());
  stack_.resize(first);
  return absl::OkStatus();
}

absl::Status PickleReader::Reduce() {
  ASSIGN_OR_RETURN(PickleValue * arguments, Pop());
  ASSIGN_OR_RETURN(PickleValue * function, Pop());
  if (function->kind != Kind::kGlobal || arguments->kind != Kind::kTuple) {
    return At(
        InvalidArgumentError("PICKLE_CALL", "the pickle calls a value other than a function"));
  }
  if (Is(*function, "torch", "Size") && arguments->items.size() == 1 &&
      arguments->items[0]->kind == Kind::kTuple) {
    return PushNew({.kind = Kind::kTuple, .items = arguments->items[0]->items});
  }
  if (Is(*function, "collections", "OrderedDict")) {
    if (arguments->items.empty()) return PushNew({.kind = Kind::kDict});
    return At(
        InvalidArgumentError("PICKLE_ORDERED_DICT",
                             "the pickle makes an OrderedDict in a way that torch.save does not"));
  }
  if (function->module != "torch._utils") {
    return At(PermissionDeniedError(
        "PICKLE_FUNCTION", "calls {module}.{function}, which does not make a tensor: refused",
        function->module, function->text));
  }
  PickleValue call{.kind = Kind::kCall, .items = {function}};
  call.items.insert(call.items.end(), arguments->items.begin(), arguments->items.end());
  return PushNew(std::move(call));
}

// Attributes of a state dict (its _metadata of versions), which change no tensor.
absl::Status PickleReader::Build() {
  ASSIGN_OR_RETURN(PickleValue * state, Pop());
  if (stack_.size() <= Floor() || stack_.back()->kind != Kind::kDict ||
      state->kind != Kind::kDict) {
    return At(InvalidArgumentError(
        "PICKLE_ATTRIBUTES", "the pickle sets attributes of a value other than an OrderedDict"));
  }
  return absl::OkStatus();
}

absl::Status PickleReader::Remember(uint64_t slot) {
  if (stack_.size() <= Floor()) {
    return At(InvalidArgumentError("PICKLE_NOTHING", "the pickle remembers nothing"));
  }
  memo_[slot] = stack_.back();
  if (memo_.size() > kMaxStack) {
    return At(InvalidArgumentError("PICKLE_MEMO", "the pickle remembers too many values"));
  }
  return absl::OkStatus();
}

absl::Status PickleReader::Recall(uint64_t slot) {
  const auto found = memo_.find(slot);
  if (found == memo_.end()) {
    return At(InvalidArgumentError(
        "PICKLE_RECALL", "the pickle recalls value {slot}, which it never remembered", slot));
  }
  return Push(found->second);
}

absl::Status PickleReader::At(const absl::Status& status) const {
  return Within(source_name_, Within(Message("AT_BYTE", "byte {byte}", opcode_at_), status));
}

absl::Status PickleReader::EmptyStack() const {
  return At(InvalidArgumentError("PICKLE_EMPTY_STACK", "the pickle takes from an empty stack"));
}

absl::Status PickleReader::RefuseOpcode(uint8_t opcode) const {
  return At(PermissionDeniedError(
      "PICKLE_OPCODE", "opcode {opcode} is not one that tensors need: refused",
      absl::StrCat("0x", absl::Hex(opcode, absl::kZeroPad2), RefusedOpcodeName(opcode))));
}

absl::StatusOr<std::string_view> PickleReader::Take(uint64_t count) {
  if (count > bytes_.size() - position_) {
    return At(DataLossError("PICKLE_CUT",
                            "the pickle is cut short: {needed} bytes are needed, {left} are there",
                            count, bytes_.size() - position_));
  }
  const std::string_view taken(reinterpret_cast<const char*>(bytes_.data()) + position_,
                               static_cast<size_t>(count));
  position_ += taken.size();
  return taken;
}

absl::StatusOr<uint64_t> PickleReader::TakeNumber(size_t bytes) {
  ASSIGN_OR_RETURN(std::string_view taken, Take(bytes));
  uint64_t number = 0;
  std::memcpy(&number, taken.data(), taken.size());
  return number;
}

absl::StatusOr<std::string_view> PickleReader::TakeLine() {
  const size_t available = std::min(bytes_.size() - position_, kMaxName + 1);
  const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + position_, available);
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) {
    return At(InvalidArgumentError("PICKLE_NAME_END",
                                   "the pickle has a name without an end, or one too long"));
  }
  position_ += end + 1;
  return rest.substr(0, end);
}

absl::StatusOr<PickleValue*> PickleReader::Pop() {
  if (stack_.size() <= Floor()) return EmptyStack();
  PickleValue* value = stack_.back();
  stack_.pop_back();
  return value;
}

absl::StatusOr<size_t> PickleReader::PopMark() {
  if (marks_.empty()) {
    return At(InvalidArgumentError("PICKLE_MARK", "the pickle looks for a mark that is not there"));
  }
  const size_t first = marks_.back();
  marks_.pop_back();
  return first;
}

absl::Status PickleReader::Push(PickleValue* value) {
  if (stack_.size() >= kMaxStack) {
    return At(InvalidArgumentError("PICKLE_STACK", "the pickle needs too large a stack"));
  }
  stack_.push_back(value);
  return absl::OkStatus();
}

absl::Status PickleReader::PushNew(PickleValue value) {
  if (values_.size() >= kMaxValues) {
    return At(InvalidArgumentError("PICKLE_VALUES", "the pickle has too many values"));
  }
  RETURN_IF_ERROR(CountItems(value.items.size()));
  values_.push_back(std::move(value));
  return Push(&values_.back());
}

absl::Status PickleReader::CountItems(size_t count) {
  items_ += count;
  if (items_ <= kMaxItems) return absl::OkStatus();
  return At(InvalidArgumentError("PICKLE_CONTAINERS", "the pickle has too large containers"));
}

}  // namespace electra
