// Builds the bytes of pytorch_model.bin by hand, right and wrong ones.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/core/hub/hub_test_util.h"

namespace electra {

inline std::string PickleString(std::string_view text) {
  return "X" + Bytes(static_cast<uint32_t>(text.size())) + std::string(text);
}

inline std::string PickleInt(int64_t number) { return "\x8a\x08" + Bytes(number); }

inline std::string PickleTuple(const std::vector<int64_t>& numbers) {
  std::string bytes = "(";
  for (int64_t number : numbers) bytes += PickleInt(number);
  return bytes + "t";
}

// A tensor of one storage, as torch.save writes it.
struct PickledTensor {
  std::string type = "FloatStorage";
  std::string key = "0";
  int64_t count = 6;
  int64_t offset = 0;
  std::vector<int64_t> sizes = {2, 3};
  std::vector<int64_t> strides = {3, 1};
  std::string view = {};  // the sixth member of the older form
};

inline std::string PickleTensor(const PickledTensor& tensor) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + PickleString("storage") + "ctorch\n" +
         tensor.type + "\n" + PickleString(tensor.key) + PickleString("cpu") +
         PickleInt(tensor.count) + tensor.view + "tQ" + PickleInt(tensor.offset) +
         PickleTuple(tensor.sizes) + PickleTuple(tensor.strides) + "\x89}tR";
}

// A pickle of a dict of these entries: name, pickled value.
inline std::string PickleDict(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string bytes = "\x80\x02}(";
  for (const auto& [name, value] : entries) bytes += PickleString(name) + value;
  return bytes + "u.";
}

struct ZipFile {
  std::string name;
  std::string data;
  uint16_t method = 0;
  uint16_t flags = 0;
  std::string local_name = {};  // when it is another one
};

// A zip archive of stored files.
inline std::string MakeZip(const std::vector<ZipFile>& files) {
  std::string zip;
  std::string directory;
  for (const ZipFile& file : files) {
    const auto size = static_cast<uint32_t>(file.data.size());
    const auto crc =
        static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(file.data.data()), size));
    const auto offset = static_cast<uint32_t>(zip.size());
    const std::string& local = file.local_name.empty() ? file.name : file.local_name;
    const std::string common = Bytes(file.flags) + Bytes(file.method) + Bytes(uint32_t{0}) +
                               Bytes(crc) + Bytes(size) + Bytes(size);
    zip += "PK\x03\x04" + Bytes(uint16_t{20}) + common +
           Bytes(static_cast<uint16_t>(local.size())) + Bytes(uint16_t{3}) + local + "pad" +
           file.data;
    directory += "PK\x01\x02" + Bytes(uint32_t{20}) + common +
                 Bytes(static_cast<uint16_t>(file.name.size())) + std::string(12, '\0') +
                 Bytes(offset) + file.name;
  }
  const auto count = static_cast<uint16_t>(files.size());
  const auto start = static_cast<uint32_t>(zip.size());
  return zip + directory + "PK\x05\x06" + Bytes(uint32_t{0}) + Bytes(count) + Bytes(count) +
         Bytes(static_cast<uint32_t>(directory.size())) + Bytes(start) + Bytes(uint16_t{0});
}

// The older form: preamble, state dict, list of keys, storages.
inline std::string MakeLegacy(std::string_view pickle, const std::vector<std::string>& keys,
                              std::string_view storages, std::string_view little_endian = "\x88") {
  using namespace std::string_literals;
  std::string bytes = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s;
  bytes += "\x80\x02M\xe9\x03."s;
  bytes += "\x80\x02}" + PickleString("little_endian") + std::string(little_endian) + "s.";
  bytes += std::string(pickle) + "\x80\x02](";
  for (const std::string& key : keys) bytes += PickleString(key);
  return bytes + "e." + std::string(storages);
}

}  // namespace electra
