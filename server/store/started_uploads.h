// Table started_uploads: who owns the bytes in the folder uploads/. A running upload counts with
// its announced size, an interrupted one with its bytes on the disk. Statements throw
// SQLite::Exception, which Database turns into a status.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "absl/time/time.h"
#include "server/store/database.h"

namespace electra::server {

// `file`: a name in uploads/. Its bytes belong to the newest call that sends it.
void RecordStartedUpload(Transaction& transaction, std::string_view file, std::string_view token,
                         int64_t size_bytes);

// It broke off: this many bytes are there.
void SettleStartedUpload(Transaction& transaction, std::string_view file, int64_t size_bytes);

// At a start, when no upload runs: sets each to its bytes on the disk.
void SettleStartedUploads(Transaction& transaction, const std::filesystem::path& uploads);

// It was stored or removed.
void ForgetStartedUpload(Transaction& transaction, std::string_view file);

// Forgets uploads older than `age` whose file does not exist (any more).
void ForgetLostUploads(Transaction& transaction, const std::filesystem::path& uploads,
                       absl::Duration age);

}  // namespace electra::server
