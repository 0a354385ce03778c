// Table started_uploads: whose bytes stand in the folder uploads/. What is being received counts as
// it was announced, what is left of it as it lies on the disk. Statements throw SQLite::Exception,
// which Database turns into a status.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "absl/time/time.h"
#include "server/store/database.h"

namespace electra::server {

// `file`: a name in uploads/. The newest call that sends it has its bytes.
void RecordStartedUpload(Transaction& transaction, std::string_view file, std::string_view token,
                         int64_t size_bytes);

// It broke off: so many bytes are there.
void SettleStartedUpload(Transaction& transaction, std::string_view file, int64_t size_bytes);

// At a start, when nothing is being received: each as it lies on the disk.
void SettleStartedUploads(Transaction& transaction, const std::filesystem::path& uploads);

// It was stored or removed.
void ForgetStartedUpload(Transaction& transaction, std::string_view file);

// Those older than `age` of whose file nothing is there (any more).
void ForgetLostUploads(Transaction& transaction, const std::filesystem::path& uploads,
                       absl::Duration age);

}  // namespace electra::server
