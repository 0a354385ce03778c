#include "server/corpora/upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "core/base/message.h"
#include "core/base/sha256.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

constexpr char kUploadedText[] = "하나\n둘\n";

v1::UploadCorpusRequest CorpusHeaderOf(const std::string& file, const std::string& text) {
  v1::UploadCorpusRequest request;
  request.mutable_header()->set_file_name(file);
  request.mutable_header()->set_size_bytes(static_cast<int64_t>(text.size()));
  request.mutable_header()->set_sha256(Sha256Hex(text));
  return request;
}

v1::UploadCorpusRequest CorpusChunkOf(int64_t offset, const std::string& data) {
  v1::UploadCorpusRequest request;
  request.mutable_chunk()->set_offset(offset);
  request.mutable_chunk()->set_data(data);
  return request;
}

class CorpusUploadTest : public ::testing::Test {
 protected:
  std::unique_ptr<CorpusUpload> Start() {
    return std::make_unique<CorpusUpload>(Caller{.role = v1::ADMIN}, context_,
                                          [] { return false; });
  }

  // The refusal of the last of the requests.
  Message Refusal(const std::vector<v1::UploadCorpusRequest>& requests) {
    const auto upload = Start();
    absl::Status status;
    for (const v1::UploadCorpusRequest& request : requests) {
      EXPECT_TRUE(status.ok()) << status;
      status = upload->Receive(request);
    }
    EXPECT_FALSE(status.ok());
    return MessageOf(status);
  }

  TemporaryFolder folder_;
  DataDir data_dir_ = *DataDir::Open(folder_.path());
  std::unique_ptr<Database> database_ = *Database::Open(data_dir_.database());
  PartialUploads partial_uploads_{data_dir_.uploads()};
  UploadRoom room_{data_dir_};
  Quotas quotas_;
  UploadContext context_{.database = *database_,
                         .data_dir = data_dir_,
                         .partial_uploads = partial_uploads_,
                         .room = room_,
                         .quotas = quotas_};
};

TEST_F(CorpusUploadTest, RefusalsCarryCodesAndValues) {
  const Message format = Refusal({CorpusHeaderOf("books.bin", kUploadedText)});
  EXPECT_EQ(format.code(), "UNKNOWN_CORPUS_FORMAT");
  EXPECT_EQ(format.args().at("file"), "books.bin");
  EXPECT_EQ(format.Inner("advice").code(), "NAME_THE_FORMAT");
  EXPECT_EQ(Refusal({CorpusHeaderOf("books.xlsx", kUploadedText)}).Inner("advice").code(),
            "SAVE_WORKBOOK_AS_CSV");
  EXPECT_EQ(Refusal({CorpusHeaderOf("books.txt", "")}).code(), "FILE_EMPTY");
  EXPECT_EQ(Refusal({CorpusChunkOf(0, "a")}).code(), "NO_UPLOAD_HEADER");
  EXPECT_EQ(Refusal({{}}).code(), "EMPTY_UPLOAD_MESSAGE");
  const Message name = Refusal({CorpusHeaderOf(std::string(300, 'a'), kUploadedText)});
  EXPECT_EQ(name.code(), "TOO_MANY_BYTES");
  EXPECT_EQ(name.args().at("field"), "file_name");
  EXPECT_EQ(name.args().at("limit"), "255");

  const v1::UploadCorpusRequest header = CorpusHeaderOf("books.txt", kUploadedText);
  const Message place = Refusal({header, CorpusChunkOf(3, "a")});
  EXPECT_EQ(place.code(), "CHUNK_OUT_OF_PLACE");
  EXPECT_EQ(place.args().at("offset"), "3");
  const Message longer = Refusal({header, CorpusChunkOf(0, std::string(100, 'a'))});
  EXPECT_EQ(longer.code(), "LONGER_THAN_ANNOUNCED");
  EXPECT_EQ(longer.args().at("announced"), "11");
  quotas_.corpora = 10;
  const Message quota = Refusal({header});
  EXPECT_EQ(quota.code(), "CORPORA_QUOTA");
  EXPECT_EQ(quota.args().at("limit"), "10");
}

TEST_F(CorpusUploadTest, WhatBrokeOffOrWasDamagedIsSaidOfTheFile) {
  {
    const auto upload = Start();
    ASSERT_TRUE(upload->Receive(CorpusHeaderOf("books.txt", kUploadedText)).ok());
    ASSERT_TRUE(upload->Receive(CorpusChunkOf(0, "하나")).ok());
    const Message ended = MessageOf(upload->Store().status());
    EXPECT_EQ(ended.code(), "UPLOAD_BROKE_OFF");
    EXPECT_EQ(ended.args().at("received"), "6");
  }
  const auto upload = Start();
  ASSERT_TRUE(upload->Receive(CorpusHeaderOf("books.txt", kUploadedText)).ok());
  ASSERT_TRUE(upload->Receive(CorpusChunkOf(0, "하나\n셋\n")).ok());
  const absl::Status status = upload->Store().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(status.message(), "books.txt: it was damaged on its way: its SHA-256 differs");
  EXPECT_EQ(MessageOf(status).code(), "DAMAGED_ON_ITS_WAY");
  EXPECT_EQ(MessageOf(status).args().at("at"), "books.txt");
}

TEST_F(CorpusUploadTest, ANewerUploadOfTheContentTakesOver) {
  const auto old = Start();
  ASSERT_TRUE(old->Receive(CorpusHeaderOf("books.txt", kUploadedText)).ok());
  ASSERT_TRUE(Start()->Receive(CorpusHeaderOf("books.txt", kUploadedText)).ok());
  const absl::Status status = old->Receive(CorpusChunkOf(0, kUploadedText));
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(MessageOf(status).code(), "NEWER_UPLOAD");
}

}  // namespace
}  // namespace electra::server
