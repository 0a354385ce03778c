#include "server/models/import.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "core/base/message.h"
#include "core/base/sha256.h"
#include "electra/v1/model.grpc.pb.h"
#include "server/daemon.h"
#include "server/models/catalogue.h"
#include "tests/server/fake_trainer.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

v1::ImportModelRequest ImportHeader(const std::string& name, int64_t size) {
  v1::ImportModelRequest request;
  request.mutable_header()->set_name(name);
  request.mutable_header()->set_size_bytes(size);
  return request;
}

v1::ImportModelRequest ImportOfPath(const fs::path& discriminator) {
  v1::ImportModelRequest request = ImportHeader("models/books", 0);
  request.mutable_header()->mutable_server_paths()->set_discriminator(discriminator.string());
  return request;
}

v1::ImportModelRequest ImportFile(const std::string& name, int64_t size,
                                  const std::string& sha256) {
  v1::ImportModelRequest request;
  request.mutable_file()->set_part(v1::DISCRIMINATOR);
  request.mutable_file()->set_file_name(name);
  request.mutable_file()->set_size_bytes(size);
  request.mutable_file()->set_sha256(sha256);
  return request;
}

v1::ImportModelRequest ImportChunk(int64_t offset, const std::string& data) {
  v1::ImportModelRequest request;
  request.mutable_chunk()->set_offset(offset);
  request.mutable_chunk()->set_data(data);
  return request;
}

class ModelImportTest : public ::testing::Test {
 protected:
  std::unique_ptr<ModelImport> Start() {
    return std::make_unique<ModelImport>(Caller{.role = v1::ADMIN}, *database_, data_dir_, room_,
                                         trusted_, [] { return false; });
  }

  void Reopen() {
    database_.reset();
    database_ = *Database::Open(data_dir_.database());
  }

  const fs::path golden_ = fs::canonical(fs::path(ELECTRA_SOURCE_DIR) / "tests/golden/hub");
  TemporaryFolder folder_;
  DataDir data_dir_ = *DataDir::Open(folder_.path());
  std::unique_ptr<Database> database_ = *Database::Open(data_dir_.database());
  UploadRoom room_{data_dir_};
  std::vector<fs::path> trusted_ = {golden_};
};

TEST_F(ModelImportTest, NotesKeepTheirCodesInTheDatabase) {
  auto import = Start();
  ASSERT_TRUE(import->Receive(ImportOfPath(golden_ / "combined")).ok());
  const absl::StatusOr<ModelRow> imported = import->Store();
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_GE(imported->notes.size(), 2);
  import.reset();  // it refers to the database that is closed
  Reopen();
  const absl::StatusOr<ModelRow> read = ReadModel(*database_, "books");
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->notes.size(), imported->notes.size());
  for (size_t i = 0; i < read->notes.size(); ++i) {
    EXPECT_EQ(read->notes[i].text(), imported->notes[i].text());
    EXPECT_EQ(read->notes[i].code(), imported->notes[i].code());
    EXPECT_EQ(read->notes[i].args(), imported->notes[i].args());
    EXPECT_NE(read->notes[i].code(), "") << read->notes[i].text();
  }
  EXPECT_EQ(read->notes.back().code(), "IMPORTED_WITHOUT_VOCABULARY");
}

TEST(ModelServiceTest, NotesReachClientsWithTheirCodes) {
  const fs::path golden = fs::path(ELECTRA_SOURCE_DIR) / "tests/golden/hub";
  TemporaryFolder folder;
  DaemonOptions options;
  options.data_dir = folder.path();
  options.listen = "127.0.0.1:0";
  options.trusted_model_folders = {fs::canonical(golden)};
  const auto daemon = Daemon::Start(options, std::make_unique<FakeTrainer>());
  ASSERT_TRUE(daemon.ok()) << daemon.status();
  const auto stub = v1::ModelService::NewStub(
      grpc::CreateChannel((*daemon)->address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::Model model;
  const auto writer = stub->ImportModel(&context, &model);
  writer->Write(ImportOfPath(golden / "combined"));
  writer->WritesDone();
  const grpc::Status imported = writer->Finish();
  ASSERT_TRUE(imported.ok()) << imported.error_message();
  ASSERT_GE(model.notes_size(), 2);
  EXPECT_EQ(model.description(), "imported, without a generator");
  EXPECT_EQ(model.description_code().code(), "IMPORTED_WITHOUT_GENERATOR");
  ASSERT_EQ(model.note_codes_size(), model.notes_size());
  for (const v1::MessageCode& code : model.note_codes()) EXPECT_NE(code.code(), "");
  EXPECT_EQ(model.note_codes().rbegin()->code(), "IMPORTED_WITHOUT_VOCABULARY");
}

TEST_F(ModelImportTest, NotesOfBeforeThereWereCodesAreTheirTexts) {
  const auto import = Start();
  ASSERT_TRUE(import->Receive(ImportOfPath(golden_ / "combined")).ok());
  const absl::StatusOr<ModelRow> imported = import->Store();
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_TRUE(database_
                  ->Write([](Transaction& transaction) {
                    transaction.connection().exec("UPDATE models SET note_codes = '[]'");
                    return absl::OkStatus();
                  })
                  .ok());
  const absl::StatusOr<ModelRow> read = ReadModel(*database_, "books");
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->notes.size(), imported->notes.size());
  EXPECT_EQ(read->notes.back().text(), imported->notes.back().text());
  EXPECT_EQ(read->notes.back().code(), "");
}

TEST_F(ModelImportTest, RefusalsCarryCodesAndValues) {
  const auto refusal = [](ModelImport& import, const v1::ImportModelRequest& request) {
    return MessageOf(import.Receive(request));
  };
  EXPECT_EQ(refusal(*Start(), ImportHeader("models/a b", 1)).code(), "BAD_MODEL_NAME");
  EXPECT_EQ(refusal(*Start(), ImportFile("config.json", 1, "")).code(), "NO_IMPORT_HEADER");
  EXPECT_EQ(refusal(*Start(), ImportOfPath("/etc")).code(), "PATH_NOT_TRUSTED");
  const Message preset = refusal(*Start(), ImportHeader("models/small", 1));
  EXPECT_EQ(preset.code(), "NAME_OF_PRESET");
  EXPECT_EQ(preset.args().at("name"), "small");

  const auto import = Start();
  ASSERT_TRUE(import->Receive(ImportHeader("models/books", 10)).ok());
  const Message larger = refusal(*import, ImportFile("config.json", 11, ""));
  EXPECT_EQ(larger.code(), "MORE_THAN_ANNOUNCED");
  EXPECT_THAT(larger.args(), Contains(Pair("left", "10")));
  ASSERT_TRUE(import->Receive(ImportFile("config.json", 4, "damaged")).ok());
  const Message place = refusal(*import, ImportChunk(3, "abcd"));
  EXPECT_EQ(place.code(), "CHUNK_OUT_OF_PLACE");
  EXPECT_EQ(place.text(), "a chunk is at offset 3, but 0 bytes were received");
  const Message large = refusal(*import, ImportChunk(0, std::string((1 << 20) + 1, 'a')));
  EXPECT_EQ(large.code(), "TOO_MANY_BYTES");
  EXPECT_EQ(large.Inner("field").code(), "A_CHUNK");
  ASSERT_TRUE(import->Receive(ImportChunk(0, "abcd")).ok());
  const Message damaged = refusal(*import, ImportFile("vocab.txt", 1, ""));
  EXPECT_EQ(damaged.code(), "DAMAGED_ON_ITS_WAY");
  EXPECT_EQ(damaged.args().at("at"), "config.json");
  EXPECT_EQ(damaged.text(), "config.json: it was damaged on its way: its SHA-256 differs");
}

TEST_F(ModelImportTest, WhereFilesLieMeanwhileIsNotSaid) {
  const auto import = Start();
  ASSERT_TRUE(import->Receive(ImportHeader("models/books", 2)).ok());
  ASSERT_TRUE(import->Receive(ImportFile("config.json", 2, Sha256Hex("{}"))).ok());
  ASSERT_TRUE(import->Receive(ImportChunk(0, "{}")).ok());
  const absl::StatusOr<ModelRow> stored = import->Store();
  EXPECT_EQ(stored.status().code(), absl::StatusCode::kInvalidArgument);
  const Message refusal = MessageOf(stored.status());
  EXPECT_NE(refusal.code(), "") << refusal.text();
  EXPECT_THAT(refusal.text(), HasSubstr("discriminator/config.json"));
  EXPECT_THAT(refusal.text(), Not(HasSubstr(folder_.path().string())));
  EXPECT_THAT(refusal.args(), Each(Pair(testing::_, Not(HasSubstr(folder_.path().string())))));
}

TEST_F(ModelImportTest, WhereFilesLieMeanwhileIsNotInItsNotes) {
  TemporaryFolder source;
  fs::copy(golden_ / "zip_discriminator", source.path());
  trusted_.push_back(fs::canonical(source.path()));
  const auto note_of = [&](const std::string& tokenizer_config) -> Message {
    fs::remove(source.path() / "tokenizer_config.json");
    if (!tokenizer_config.empty()) {
      std::ofstream(source.path() / "tokenizer_config.json") << tokenizer_config;
    }
    const auto import = Start();
    v1::ImportModelRequest request = ImportOfPath(source.path());
    request.mutable_header()->set_name(tokenizer_config.empty() ? "models/none" : "models/some");
    EXPECT_TRUE(import->Receive(request).ok());
    const absl::StatusOr<ModelRow> stored = import->Store();
    EXPECT_TRUE(stored.ok()) << stored.status();
    for (const Message& note : stored->notes) {
      if (note.text().find("do_lower_case") != std::string::npos) return note;
    }
    return {};
  };
  EXPECT_EQ(note_of("").text(),
            "discriminator: there is no tokenizer_config.json; do_lower_case is taken as true");
  const Message unsaid = note_of("{}");
  EXPECT_EQ(unsaid.args().at("file"), "discriminator/tokenizer_config.json");
  EXPECT_THAT(unsaid.text(), Not(HasSubstr(folder_.path().string())));
}

}  // namespace
}  // namespace electra::server
