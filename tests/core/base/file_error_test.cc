#include "core/base/file_error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <string>

namespace electra {
namespace {

TEST(FileErrorTest, SaysTheFileAndTheSystemsReason) {
  const absl::Status status = NotOpenedError(EACCES, "books.csv");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(status.message(), "books.csv: cannot be opened: Permission denied");
  const Message message = MessageOf(status);
  EXPECT_EQ(message.code(), "NOT_OPENED");
  EXPECT_EQ(message.args(), (std::map<std::string, std::string>{{"at", "books.csv"},
                                                                {"reason", "Permission denied"}}));
}

TEST(FileErrorTest, AFullDiskIsAnExhaustedResource) {
  EXPECT_EQ(NotReadError(ENOSPC, "x").code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace electra
