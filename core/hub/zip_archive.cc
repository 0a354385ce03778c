#include "core/hub/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"

namespace electra {
namespace {

using Bytes = std::span<const std::byte>;

constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr uint32_t kCentralHeader = 0x02014b50;
constexpr uint32_t kEnd = 0x06054b50;
constexpr uint32_t kEnd64 = 0x06064b50;
constexpr uint32_t kEnd64Locator = 0x07064b50;
constexpr size_t kLocalSize = 30;
constexpr size_t kCentralSize = 46;
constexpr size_t kEndSize = 22;
constexpr size_t kEnd64Size = 56;
constexpr size_t kLocatorSize = 20;
constexpr size_t kMaxComment = 65535;
constexpr size_t kMaxEntryName = 1024;
constexpr uint16_t kZip64Extra = 1;
constexpr uint32_t kIn64 = 0xffffffff;  // the value is in the zip64 record

// A little-endian number at `offset`, which the caller has checked.
template <typename Number>
Number At(Bytes bytes, size_t offset) {
  Number number;
  std::memcpy(&number, bytes.data() + offset, sizeof(number));
  return number;
}

// bytes[offset, offset + size), or nothing when that is not within.
std::optional<Bytes> Part(Bytes bytes, uint64_t offset, uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) return std::nullopt;
  return bytes.subspan(static_cast<size_t>(offset), static_cast<size_t>(size));
}

std::string_view Text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Directory {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t count = 0;
};

class Parser {
 public:
  explicit Parser(const MappedFile& file) : bytes_(file.bytes()), path_(file.path()) {}

  absl::StatusOr<std::map<std::string, ZipArchive::Entry>> Parse() {
    ASSIGN_OR_RETURN(Directory directory, FindDirectory());
    const std::optional<Bytes> part = Part(bytes_, directory.offset, directory.size);
    if (!part.has_value() || directory.count > directory.size / kCentralSize) {
      return Damaged(Message("ZIP_DIRECTORY_OUTSIDE", "its directory does not fit the file"));
    }
    Bytes rest = *part;
    std::map<std::string, ZipArchive::Entry> entries;
    for (uint64_t i = 0; i < directory.count; ++i) {
      std::string name;
      ASSIGN_OR_RETURN(ZipArchive::Entry entry, ParseEntry(&rest, &name));
      if (!entries.emplace(name, entry).second) {
        return Damaged(
            Message("ZIP_NAME_TWICE", "two entries are named {entry}", JsonExcerpt(name)));
      }
    }
    RETURN_IF_ERROR(CheckDisjoint(entries));
    return entries;
  }

 private:
  absl::Status Damaged(const Message& problem) const {
    return Within(path_,
                  DataLossError("ZIP_DAMAGED", "is a damaged zip archive: {problem}", problem));
  }

  // No byte belongs to two entries, header or data.
  absl::Status CheckDisjoint(const std::map<std::string, ZipArchive::Entry>& entries) const {
    using Named = std::pair<const std::string, ZipArchive::Entry>;
    std::vector<const Named*> in_order;
    in_order.reserve(entries.size());
    for (const Named& named : entries) in_order.push_back(&named);
    std::sort(in_order.begin(), in_order.end(), [](const Named* a, const Named* b) {
      return a->second.header_offset < b->second.header_offset;
    });
    for (size_t i = 1; i < in_order.size(); ++i) {
      const auto& [name, entry] = *in_order[i - 1];
      const auto& [next_name, next] = *in_order[i];
      if (next.header_offset >= entry.data_offset + entry.stored_size) continue;
      return Damaged(Message("ZIP_ENTRIES_OVERLAP", "entries {first} and {second} overlap",
                             JsonExcerpt(name), JsonExcerpt(next_name)));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Directory> FindDirectory() const {
    if (bytes_.size() < kEndSize) return Damaged(Message("ZIP_TOO_SHORT", "it is too short"));
    const size_t lowest =
        bytes_.size() - kEndSize - std::min(bytes_.size() - kEndSize, kMaxComment);
    for (size_t at = bytes_.size() - kEndSize + 1; at-- > lowest;) {
      if (At<uint32_t>(bytes_, at) == kEnd &&
          At<uint16_t>(bytes_, at + 20) == bytes_.size() - at - kEndSize) {
        return ParseEnd(at);
      }
    }
    return Damaged(
        Message("ZIP_DIRECTORY_MISSING", "its directory is missing (is the file cut short?)"));
  }

  absl::StatusOr<Directory> ParseEnd(size_t at) const {
    const Directory directory = {.offset = At<uint32_t>(bytes_, at + 16),
                                 .size = At<uint32_t>(bytes_, at + 12),
                                 .count = At<uint16_t>(bytes_, at + 10)};
    const bool in_64 =
        directory.offset == kIn64 || directory.size == kIn64 || directory.count == 0xffff;
    if (!in_64) {
      if (At<uint16_t>(bytes_, at + 4) != 0 || At<uint16_t>(bytes_, at + 6) != 0) {
        return Damaged(Message("ZIP_SEVERAL_DISKS", "it spans several disks"));
      }
      return directory;
    }
    if (at < kLocatorSize || At<uint32_t>(bytes_, at - kLocatorSize) != kEnd64Locator) {
      return Damaged(Message("ZIP64_LOCATOR", "its zip64 locator is missing"));
    }
    const auto end64 = At<uint64_t>(bytes_, at - kLocatorSize + 8);
    const std::optional<Bytes> record = Part(bytes_, end64, kEnd64Size);
    if (!record.has_value() || At<uint32_t>(*record, 0) != kEnd64) {
      return Damaged(Message("ZIP64_DIRECTORY", "its zip64 directory record is missing"));
    }
    return Directory{.offset = At<uint64_t>(*record, 48),
                     .size = At<uint64_t>(*record, 40),
                     .count = At<uint64_t>(*record, 32)};
  }

  // Takes one entry off the front of the directory.
  absl::StatusOr<ZipArchive::Entry> ParseEntry(Bytes* rest, std::string* name) const {
    if (rest->size() < kCentralSize || At<uint32_t>(*rest, 0) != kCentralHeader) {
      return Damaged(Message("ZIP_ENTRY_CUT", "an entry of its directory is cut short"));
    }
    const Bytes header = *rest;
    const auto name_size = At<uint16_t>(header, 28);
    const auto extra_size = At<uint16_t>(header, 30);
    const auto comment_size = At<uint16_t>(header, 32);
    const std::optional<Bytes> variable =
        Part(header, kCentralSize, uint64_t{name_size} + extra_size + comment_size);
    if (!variable.has_value() || name_size > kMaxEntryName) {
      return Damaged(Message("ZIP_ENTRY_NAME",
                             "an entry of its directory is cut short or has too long a name"));
    }
    *rest = header.subspan(kCentralSize + variable->size());
    *name = Text(variable->first(name_size));
    if ((At<uint16_t>(header, 8) & 1U) != 0) {
      return Within(path_, InvalidArgumentError("ZIP_ENCRYPTED", "entry {entry} is encrypted",
                                                JsonExcerpt(*name)));
    }
    ZipArchive::Entry entry{.method = At<uint16_t>(header, 10),
                            .crc32 = At<uint32_t>(header, 16),
                            .size = At<uint32_t>(header, 24)};
    uint64_t compressed = At<uint32_t>(header, 20);
    uint64_t local = At<uint32_t>(header, 42);
    if (!ReadZip64(variable->subspan(name_size, extra_size), &entry.size, &compressed, &local)) {
      return Damaged(
          Message("ZIP64_FIELD", "entry {entry} has a damaged zip64 field", JsonExcerpt(*name)));
    }
    RETURN_IF_ERROR(LocateData(*name, local, compressed, &entry));
    return entry;
  }

  // Replaces the values that are said to be in the zip64 field; false when they are not there.
  static bool ReadZip64(Bytes extra, uint64_t* size, uint64_t* compressed, uint64_t* local) {
    Bytes field;
    while (extra.size() >= 4) {
      const auto id = At<uint16_t>(extra, 0);
      const auto length = At<uint16_t>(extra, 2);
      const std::optional<Bytes> body = Part(extra, 4, length);
      if (!body.has_value()) break;
      if (id == kZip64Extra) field = *body;
      extra = extra.subspan(4 + size_t{length});
    }
    for (uint64_t* value : {size, compressed, local}) {
      if (*value != kIn64) continue;
      if (field.size() < sizeof(uint64_t)) return false;
      *value = At<uint64_t>(field, 0);
      field = field.subspan(sizeof(uint64_t));
    }
    return true;
  }

  absl::Status LocateData(std::string_view name, uint64_t local, uint64_t compressed,
                          ZipArchive::Entry* entry) const {
    const std::optional<Bytes> header = Part(bytes_, local, kLocalSize);
    if (!header.has_value() || At<uint32_t>(*header, 0) != kLocalHeader) {
      return Damaged(Message("ZIP_HEADER_MISSING", "the header of entry {entry} is missing",
                             JsonExcerpt(name)));
    }
    const auto name_size = At<uint16_t>(*header, 26);
    const auto extra_size = At<uint16_t>(*header, 28);
    const std::optional<Bytes> own_name = Part(bytes_, local + kLocalSize, name_size);
    if (!own_name.has_value() || Text(*own_name) != name) {
      return Damaged(Message("ZIP_HEADER_NAME", "entry {entry} has another name in its own header",
                             JsonExcerpt(name)));
    }
    entry->header_offset = local;
    entry->stored_size = compressed;
    entry->data_offset = local + kLocalSize + name_size + extra_size;
    if (!Part(bytes_, entry->data_offset, compressed).has_value() ||
        (entry->method == 0 && compressed != entry->size)) {
      return Damaged(
          Message("ZIP_ENTRY_OUTSIDE", "entry {entry} does not fit the file", JsonExcerpt(name)));
    }
    return absl::OkStatus();
  }

  Bytes bytes_;
  const std::string& path_;
};

}  // namespace

absl::StatusOr<ZipArchive> ZipArchive::Open(std::shared_ptr<const MappedFile> file) {
  ASSIGN_OR_RETURN(auto entries, Parser(*file).Parse());
  return ZipArchive(std::move(file), std::move(entries));
}

absl::StatusOr<std::span<const std::byte>> ZipArchive::Read(const std::string& name) const {
  const auto found = entries_.find(name);
  const std::string& path = file_->path();
  if (found == entries_.end()) {
    return Within(
        path, NotFoundError("ZIP_ENTRY_MISSING", "entry {entry} is missing", JsonExcerpt(name)));
  }
  const Entry& entry = found->second;
  if (entry.method != 0) {
    return Within(path, InvalidArgumentError("ZIP_COMPRESSED",
                                             "entry {entry} is compressed (method {method}), which "
                                             "torch.save never does",
                                             JsonExcerpt(name), entry.method));
  }
  const Bytes bytes = file_->bytes().subspan(static_cast<size_t>(entry.data_offset),
                                             static_cast<size_t>(entry.size));
  const uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (crc != entry.crc32) {
    return Within(path, DataLossError("ZIP_ENTRY_DAMAGED",
                                      "entry {entry} is damaged: its CRC-32 does not match",
                                      JsonExcerpt(name)));
  }
  return bytes;
}

}  // namespace electra
