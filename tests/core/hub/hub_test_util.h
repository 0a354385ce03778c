// What the tests of core/hub share: a temporary folder, a matcher of errors, tiny files.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "core/hub/tensor.h"

namespace electra {

inline absl::Status GetStatus(const absl::Status& status) { return status; }
template <typename T>
absl::Status GetStatus(const absl::StatusOr<T>& result) {
  return result.status();
}

// EXPECT_THAT(Load(), Fails(absl::StatusCode::kInvalidArgument, "is missing"));
MATCHER_P2(Fails, code, text, "") {
  const absl::Status status = GetStatus(arg);
  *result_listener << status.ToString();
  return status.code() == code && std::string(status.message()).find(text) != std::string::npos;
}

MATCHER(Succeeds, "") {
  const absl::Status status = GetStatus(arg);
  *result_listener << status.ToString();
  return status.ok();
}

// EXPECT_THAT(Load(), Says("NO_WEIGHTS", Contains(Pair("at", "/models/x"))));
MATCHER_P2(Says, code, args, "") {
  const Message message = MessageOf(GetStatus(arg));
  *result_listener << message.code();
  return message.code() == code &&
         testing::ExplainMatchResult(args, message.args(), result_listener);
}

inline std::vector<std::string> TextsOf(const std::vector<Message>& messages) {
  std::vector<std::string> texts;
  for (const Message& message : messages) texts.push_back(message.text());
  return texts;
}

class TempDirTest : public testing::Test {
 protected:
  TempDirTest() {
    std::string pattern = testing::TempDir() + "/hub_test_XXXXXX";
    dir_ = mkdtemp(pattern.data());
  }
  ~TempDirTest() override { std::filesystem::remove_all(dir_); }

  std::string Path(std::string_view name) const { return dir_ + "/" + std::string(name); }

  std::string Write(std::string_view name, std::string_view bytes) const {
    std::ofstream(Path(name), std::ios::binary) << bytes;
    return Path(name);
  }

  std::string dir_;
};

inline std::string ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

// A number as little-endian bytes.
template <typename Number>
std::string Bytes(Number number) {
  std::string bytes(sizeof(number), '\0');
  std::memcpy(bytes.data(), &number, sizeof(number));
  return bytes;
}

inline std::string FloatBytes(const std::vector<float>& values) {
  std::string bytes;
  for (float value : values) bytes += Bytes(value);
  return bytes;
}

inline std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline NamedTensor FloatTensor(std::string name, std::vector<int64_t> shape,
                               const std::vector<float>& values) {
  return {std::move(name),
          {.dtype = DType::kFloat32,
           .shape = std::move(shape),
           .data = std::as_bytes(std::span(values))}};
}

}  // namespace electra
