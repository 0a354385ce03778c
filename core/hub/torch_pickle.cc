#include "core/hub/torch_pickle.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/json.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/hub/pickle.h"
#include "core/hub/strided.h"
#include "core/hub/tensor_check.h"
#include "core/hub/zip_archive.h"

namespace electra {
namespace {

using Kind = PickleValue::Kind;
using Bytes = std::span<const std::byte>;
using TensorMap = std::map<std::string, Tensor>;

// 0x1950a86a20f9469cfc6c, little-endian, as the older form starts.
constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr int64_t kProtocol = 1001;
constexpr size_t kMaxStorages = 100'000;
// How many bytes all tensors may have for each byte of the file: tied weights share their storage.
constexpr uint64_t kMaxSharing = 8;

std::optional<DType> StorageType(const PickleValue& value) {
  constexpr std::pair<std::string_view, DType> kTypes[] = {
      {"FloatStorage", DType::kFloat32},     {"HalfStorage", DType::kFloat16},
      {"BFloat16Storage", DType::kBFloat16}, {"DoubleStorage", DType::kFloat64},
      {"LongStorage", DType::kInt64},        {"IntStorage", DType::kInt32},
      {"ShortStorage", DType::kInt16},       {"CharStorage", DType::kInt8},
      {"ByteStorage", DType::kUint8},        {"BoolStorage", DType::kBool}};
  if (value.kind != Kind::kGlobal) return std::nullopt;
  for (const auto& [name, type] : kTypes) {
    if (value.text == name) return type;
  }
  return std::nullopt;
}

bool IsCall(const PickleValue& value, std::string_view function) {
  return value.kind == Kind::kCall && value.items[0]->text == function;
}

// A tensor's reference to its storage.
struct StorageReference {
  std::string key;
  DType dtype = DType::kFloat32;
  int64_t element_count = 0;
  // The older form knows views: `view_count` elements from `view_offset` on.
  int64_t view_offset = 0;
  int64_t view_count = 0;
};

// A tensor as the pickle describes it, before its bytes are looked up.
struct Description {
  std::string name;
  StorageReference storage = {};
  Strides layout = {};
};

class StateDict {
 public:
  explicit StateDict(std::string source_name) : source_name_(std::move(source_name)) {}

  // Takes the tensors out of the root of the pickle.
  absl::Status Parse(const PickleValue& root) {
    if (root.kind != Kind::kDict) {
      return At(InvalidArgumentError("NOT_A_STATE_DICT", "does not hold a dict of tensors"));
    }
    std::set<std::string_view> seen;
    for (size_t i = 0; i + 1 < root.items.size(); i += 2) {
      const PickleValue& key = *root.items[i];
      if (key.kind != Kind::kString) {
        return At(
            InvalidArgumentError("STATE_DICT_KEYS", "has a dict whose keys are not all strings"));
      }
      if (!seen.insert(key.text).second) {
        return At(InvalidArgumentError("STATE_DICT_ENTRY_TWICE", "has entry {entry} twice",
                                       JsonExcerpt(key.text)));
      }
      Description description{.name = std::string(key.text)};
      if (!ParseTensor(*root.items[i + 1], &description)) {
        return At(InvalidArgumentError(
            "STATE_DICT_ENTRY", "has entry {entry}, which is not a tensor as torch.save writes it",
            JsonExcerpt(key.text)));
      }
      RETURN_IF_ERROR(AddStorage(description.storage));
      tensors_.push_back(std::move(description));
    }
    return absl::OkStatus();
  }

  // Every storage that a tensor refers to, by its key.
  const std::map<std::string, StorageReference>& storages() const { return storages_; }

  // `data` has the bytes of each of storages(), element_count times the element's size.
  absl::StatusOr<TensorMap> Build(const std::map<std::string, Bytes>& data,
                                  const std::shared_ptr<const MappedFile>& file) const {
    TensorMap tensors;
    uint64_t copy_budget = file->bytes().size();
    uint64_t view_budget = kMaxSharing * file->bytes().size();
    for (const Description& description : tensors_) {
      const StorageReference& storage = description.storage;
      const auto size = static_cast<size_t>(DTypeSize(storage.dtype));
      const Bytes view = data.at(storage.key)
                             .subspan(static_cast<size_t>(storage.view_offset) * size,
                                      static_cast<size_t>(storage.view_count) * size);
      absl::StatusOr<Tensor> tensor =
          MakeContiguous(storage.dtype, description.layout, view, file, &copy_budget);
      if (!tensor.ok()) return At(TensorError(description.name, tensor.status()));
      if (tensor->view.data.size() > view_budget) {
        return At(ResourceExhaustedError("STATE_DICT_SHARING",
                                         "its tensors share storages until they have more than "
                                         "{limit} times the file's bytes; save them apart",
                                         kMaxSharing));
      }
      view_budget -= tensor->view.data.size();
      tensors.emplace(description.name, *std::move(tensor));
    }
    return tensors;
  }

 private:
  absl::Status At(const absl::Status& status) const { return Within(source_name_, status); }

  absl::Status AddStorage(const StorageReference& storage) {
    const auto [found, inserted] = storages_.emplace(storage.key, storage);
    if (storages_.size() > kMaxStorages) {
      return At(InvalidArgumentError("STATE_DICT_STORAGES", "has too many storages"));
    }
    if (found->second.dtype != storage.dtype ||
        found->second.element_count != storage.element_count) {
      return At(InvalidArgumentError("STORAGE_IN_TWO_WAYS",
                                     "describes storage {storage} in two ways",
                                     JsonExcerpt(storage.key)));
    }
    return absl::OkStatus();
  }

  static bool ParseTensor(const PickleValue& value, Description* description) {
    const PickleValue* tensor = &value;
    if (IsCall(*tensor, "_rebuild_parameter")) {  // (tensor, requires_grad, hooks)
      if (tensor->items.size() < 2) return false;
      tensor = tensor->items[1];
    }
    // (storage, offset, size, stride, requires_grad, hooks, metadata); the old one ends at stride
    const bool known = IsCall(*tensor, "_rebuild_tensor_v2") || IsCall(*tensor, "_rebuild_tensor");
    if (!known || tensor->items.size() < 5 || tensor->items.size() > 8) return false;
    const PickleValue& offset = *tensor->items[2];
    if (offset.kind != Kind::kInt) return false;
    description->layout.offset = offset.integer;
    return ParseStorage(*tensor->items[1], &description->storage) &&
           ParseInts(*tensor->items[3], &description->layout.sizes) &&
           ParseInts(*tensor->items[4], &description->layout.strides);
  }

  static bool ParseInts(const PickleValue& value, std::vector<int64_t>* numbers) {
    if (value.kind != Kind::kTuple) return false;
    for (const PickleValue* item : value.items) {
      if (item->kind != Kind::kInt) return false;
      numbers->push_back(item->integer);
    }
    return true;
  }

  // ("storage", type, key, location, number of elements[, view])
  static bool ParseStorage(const PickleValue& value, StorageReference* storage) {
    if (value.kind != Kind::kPersistent || value.items[0]->kind != Kind::kTuple) return false;
    const std::vector<const PickleValue*>& items = value.items[0]->items;
    if (items.size() < 5 || items.size() > 6 || items[0]->kind != Kind::kString ||
        items[0]->text != "storage" || items[2]->kind != Kind::kString ||
        items[4]->kind != Kind::kInt || items[4]->integer < 0) {
      return false;
    }
    const std::optional<DType> dtype = StorageType(*items[1]);
    if (!dtype.has_value()) return false;
    storage->key = items[2]->text;
    storage->dtype = *dtype;
    storage->element_count = items[4]->integer;
    storage->view_count = storage->element_count;
    return items.size() == 5 || items[5]->kind == Kind::kNone || ParseView(*items[5], storage);
  }

  // (key, offset, number of elements)
  static bool ParseView(const PickleValue& view, StorageReference* storage) {
    if (view.kind != Kind::kTuple || view.items.size() != 3 || view.items[1]->kind != Kind::kInt ||
        view.items[2]->kind != Kind::kInt) {
      return false;
    }
    storage->view_offset = view.items[1]->integer;
    storage->view_count = view.items[2]->integer;
    return storage->view_offset >= 0 && storage->view_offset <= storage->element_count &&
           storage->view_count >= 0 &&
           storage->view_count <= storage->element_count - storage->view_offset;
  }

  std::string source_name_;
  std::vector<Description> tensors_;
  std::map<std::string, StorageReference> storages_;
};

// The folder in the archive, usually "archive/".
absl::StatusOr<std::string> FindPrefix(const ZipArchive& zip) {
  constexpr std::string_view kPickle = "/data.pkl";
  std::optional<std::string> prefix;
  for (const auto& [name, entry] : zip.entries()) {
    if (!name.ends_with(kPickle)) continue;
    if (prefix.has_value()) {
      return InvalidArgumentError("TORCH_ZIP_TWO_PICKLES", "holds two files data.pkl");
    }
    prefix = name.substr(0, name.size() - kPickle.size() + 1);
  }
  if (!prefix.has_value()) {
    return InvalidArgumentError(
        "TORCH_ZIP_NO_PICKLE", "is a zip archive without data.pkl, so torch.save did not write it");
  }
  if (zip.entries().contains(*prefix + "constants.pkl")) {
    return InvalidArgumentError(
        "TORCH_SCRIPT", "is a TorchScript archive, which holds code; only state dicts are read");
  }
  return *prefix;
}

absl::StatusOr<TensorMap> LoadZip(const std::shared_ptr<const MappedFile>& file) {
  ASSIGN_OR_RETURN(ZipArchive zip, ZipArchive::Open(file));
  const absl::StatusOr<std::string> found = FindPrefix(zip);
  if (!found.ok()) return Within(file->path(), found.status());
  const std::string& prefix = *found;
  if (zip.entries().contains(prefix + "byteorder")) {
    ASSIGN_OR_RETURN(Bytes order, zip.Read(prefix + "byteorder"));
    const std::string_view text(reinterpret_cast<const char*>(order.data()), order.size());
    if (text != "little") {
      return Within(file->path(),
                    InvalidArgumentError("TORCH_BYTE_ORDER",
                                         "has byte order {order}; only little is supported",
                                         JsonExcerpt(text)));
    }
  }
  ASSIGN_OR_RETURN(Bytes pickle, zip.Read(prefix + "data.pkl"));
  const std::string pickle_name = absl::StrCat(file->path(), " (", prefix, "data.pkl)");
  PickleReader reader(pickle, pickle_name);
  ASSIGN_OR_RETURN(const PickleValue* root, reader.ReadOne());
  StateDict dict(pickle_name);
  RETURN_IF_ERROR(dict.Parse(*root));
  std::map<std::string, Bytes> data;
  for (const auto& [key, storage] : dict.storages()) {
    ASSIGN_OR_RETURN(Bytes bytes, zip.Read(absl::StrCat(prefix, "data/", key)));
    ASSIGN_OR_RETURN(int64_t needed,
                     ByteCount(storage.dtype, std::span(&storage.element_count, 1)));
    if (bytes.size() != static_cast<uint64_t>(needed)) {
      return Within(file->path(),
                    DataLossError("STORAGE_BYTES",
                                  "storage {storage} has {size} bytes, but data.pkl says {needed}",
                                  JsonExcerpt(key), bytes.size(), needed));
    }
    data.emplace(key, bytes);
  }
  return dict.Build(data, file);
}

// The three pickles ahead of the state dict: magic number, protocol, sizes of C types.
absl::Status ReadPreamble(PickleReader* reader, const std::string& path) {
  ASSIGN_OR_RETURN(const PickleValue* magic, reader->ReadOne());
  if (magic->kind != Kind::kBigInt || magic->text != kMagic) {
    return Within(path, InvalidArgumentError("NOT_OF_TORCH_SAVE",
                                             "is a pickle, but not one of torch.save: it does not "
                                             "start with its magic number"));
  }
  ASSIGN_OR_RETURN(const PickleValue* protocol, reader->ReadOne());
  if (protocol->kind != Kind::kInt || protocol->integer != kProtocol) {
    return Within(path, InvalidArgumentError("TORCH_PROTOCOL",
                                             "is of another protocol than {protocol} of torch.save",
                                             kProtocol));
  }
  ASSIGN_OR_RETURN(const PickleValue* system, reader->ReadOne());
  for (size_t i = 0; system->kind == Kind::kDict && i + 1 < system->items.size(); i += 2) {
    const PickleValue& key = *system->items[i];
    const PickleValue& value = *system->items[i + 1];
    if (key.kind == Kind::kString && key.text == "little_endian" && value.kind == Kind::kBool) {
      if (value.integer != 0) return absl::OkStatus();
      return Within(path, InvalidArgumentError("TORCH_BIG_ENDIAN",
                                               "has big-endian numbers; only little-endian ones "
                                               "are supported"));
    }
  }
  return Within(path, InvalidArgumentError("TORCH_NO_BYTE_ORDER", "does not say its byte order"));
}

// Each storage: 8 bytes of element count, then the elements.
absl::StatusOr<std::map<std::string, Bytes>> ReadStorages(const PickleValue& keys,
                                                          const StateDict& dict, Bytes rest) {
  std::map<std::string, Bytes> data;
  if (keys.kind != Kind::kList) {
    return InvalidArgumentError("TORCH_NO_STORAGES", "has no list of storages");
  }
  for (const PickleValue* item : keys.items) {
    const auto storage = item->kind == Kind::kString ? dict.storages().find(std::string(item->text))
                                                     : dict.storages().end();
    if (storage == dict.storages().end() || data.contains(storage->first)) {
      return InvalidArgumentError(
          "STORAGE_OF_NO_TENSOR",
          "lists storage {storage}, which belongs to no tensor or is listed twice",
          JsonExcerpt(item->text));
    }
    const StorageReference& reference = storage->second;
    ASSIGN_OR_RETURN(int64_t needed,
                     ByteCount(reference.dtype, std::span(&reference.element_count, 1)));
    int64_t count = -1;
    if (rest.size() >= sizeof(count)) std::memcpy(&count, rest.data(), sizeof(count));
    if (count != reference.element_count) {
      return DataLossError("STORAGE_ELEMENTS",
                           "storage {storage} has {count} elements, but the pickle says {expected}",
                           JsonExcerpt(reference.key), count, reference.element_count);
    }
    rest = rest.subspan(sizeof(count));
    if (rest.size() < static_cast<uint64_t>(needed)) {
      return DataLossError("STORAGE_CUT",
                           "storage {storage} needs {needed} bytes, but only {left} are left (is "
                           "the file cut short?)",
                           JsonExcerpt(reference.key), needed, rest.size());
    }
    data.emplace(reference.key, rest.first(static_cast<size_t>(needed)));
    rest = rest.subspan(static_cast<size_t>(needed));
  }
  if (data.size() != dict.storages().size()) {
    return DataLossError("STORAGES_MISSING", "has {count} storages, but {expected} are referred to",
                         data.size(), dict.storages().size());
  }
  return data;
}

absl::StatusOr<TensorMap> LoadLegacy(const std::shared_ptr<const MappedFile>& file) {
  PickleReader reader(file->bytes(), file->path());
  RETURN_IF_ERROR(ReadPreamble(&reader, file->path()));
  ASSIGN_OR_RETURN(const PickleValue* root, reader.ReadOne());
  StateDict dict(file->path());
  RETURN_IF_ERROR(dict.Parse(*root));
  ASSIGN_OR_RETURN(const PickleValue* keys, reader.ReadOne());
  const auto data = ReadStorages(*keys, dict, file->bytes().subspan(reader.position()));
  if (!data.ok()) return Within(file->path(), data.status());
  return dict.Build(*data, file);
}

}  // namespace

absl::StatusOr<TensorMap> LoadTorchPickle(const std::shared_ptr<const MappedFile>& file) {
  const std::string_view start(reinterpret_cast<const char*>(file->bytes().data()),
                               std::min<size_t>(file->bytes().size(), 4));
  if (start.starts_with("PK\x03\x04")) return LoadZip(file);
  if (start.starts_with("\x80")) return LoadLegacy(file);
  return Within(file->path(),
                InvalidArgumentError("NOT_A_TORCH_FILE",
                                     "is neither of the forms that torch.save writes (zip archive, "
                                     "pickle); it starts with {start}",
                                     JsonExcerpt(start)));
}

}  // namespace electra
