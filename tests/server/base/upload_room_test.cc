#include "server/base/upload_room.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

TEST(UploadRoomTest, UploadsThatRunAtOnceCountWhatTheOthersHaveAnnounced) {
  TemporaryFolder folder;
  const DataDir data_dir = *DataDir::Open(folder.path());
  UploadRoom room(data_dir);
  const int64_t most_of_it = *data_dir.free_bytes() / 4 * 3;
  absl::StatusOr<UploadRoom::Share> first = room.Announce("a.csv", "a.part", most_of_it);
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status refused = room.Announce("b.csv", "b.part", most_of_it).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(refused.message().find("b.csv has") == 0) << refused;

  // A client that comes back for the same content is not in its own way, even once its earlier call
  // ends.
  absl::StatusOr<UploadRoom::Share> again = room.Announce("a.csv", "a.part", most_of_it);
  ASSERT_TRUE(again.ok()) << again.status();
  first = UploadRoom::Share();
  EXPECT_FALSE(room.Announce("b.csv", "b.part", most_of_it).ok());
  again = UploadRoom::Share();
  EXPECT_TRUE(room.Announce("b.csv", "b.part", most_of_it).ok());
}

}  // namespace
}  // namespace electra::server
