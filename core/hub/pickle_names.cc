#include "core/hub/pickle_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace electra {
namespace {

// Names that a pickle may mention besides the storages and types of torch.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames = {{
    {"collections", "OrderedDict"},
    {"torch", "Size"},
    {"torch._utils", "_rebuild_parameter"},
    {"torch._utils", "_rebuild_tensor"},
    {"torch._utils", "_rebuild_tensor_v2"},
}};

constexpr std::array<std::string_view, 10> kStorages = {
    "FloatStorage", "HalfStorage",  "BFloat16Storage", "DoubleStorage", "LongStorage",
    "IntStorage",   "ShortStorage", "CharStorage",     "ByteStorage",   "BoolStorage"};

constexpr std::array<std::string_view, 10> kTypes = {"float32", "float16", "bfloat16", "float64",
                                                     "int64",   "int32",   "int16",    "int8",
                                                     "uint8",   "bool"};

}  // namespace

bool IsTensorPart(std::string_view module, std::string_view name) {
  if (std::find(kNames.begin(), kNames.end(), std::pair(module, name)) != kNames.end()) return true;
  const bool storage = std::find(kStorages.begin(), kStorages.end(), name) != kStorages.end();
  if (module == "torch.cuda") return storage;
  return module == "torch" &&
         (storage || std::find(kTypes.begin(), kTypes.end(), name) != kTypes.end());
}

const char* RefusedOpcodeName(uint8_t opcode) {
  switch (opcode) {
    case 'i':
      return " (INST)";
    case 'o':
      return " (OBJ)";
    case 0x81:
      return " (NEWOBJ)";
    case 0x92:
      return " (NEWOBJ_EX)";
    case 0x93:
      return " (STACK_GLOBAL)";
    case 0x82:
    case 0x83:
    case 0x84:
      return " (EXT)";
    case 'P':
      return " (PERSID)";
    default:
      return "";
  }
}

}  // namespace electra
