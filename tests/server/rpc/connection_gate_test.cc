// Connections at the door: which are taken, which are cut, and how many there is room for.
#include "server/rpc/connection_gate.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::HasSubstr;

// Both ends of a connection from one loopback address to another.
struct Ends {
  FileDescriptor client;
  FileDescriptor server;
};

class ConnectionTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto listening = ListenOn("127.0.0.1:0", {});
    ASSERT_TRUE(listening.ok()) << listening.status();
    listening_ = *std::move(listening);
  }

  static sockaddr_in Address(const char* ip, int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, ip, &address.sin_addr);
    return address;
  }

  Ends Connect(const char* from = "127.0.0.1") {
    Ends ends;
    ends.client = FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in own = Address(from, 0);
    const sockaddr_in other = Address("127.0.0.1", listening_.port);
    EXPECT_EQ(bind(ends.client.get(), reinterpret_cast<const sockaddr*>(&own), sizeof(own)), 0);
    EXPECT_EQ(connect(ends.client.get(), reinterpret_cast<const sockaddr*>(&other), sizeof(other)),
              0);
    pollfd ready{.fd = listening_.sockets[0].get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(poll(&ready, 1, 60'000), 1);
    ends.server = FileDescriptor(accept(listening_.sockets[0].get(), nullptr, nullptr));
    EXPECT_TRUE(ends.server.valid());
    return ends;
  }

  // As gRPC names the client.
  static std::string PeerOf(const Ends& ends) {
    sockaddr_in address{};
    socklen_t length = sizeof(address);
    getsockname(ends.client.get(), reinterpret_cast<sockaddr*>(&address), &length);
    return absl::StrCat("ipv4:", inet_ntoa(address.sin_addr), ":", ntohs(address.sin_port));
  }

  static bool IsCut(const Ends& ends) {
    char byte = 0;
    return recv(ends.client.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }

  // Sends bytes that are at the other end then.
  static void Send(const Ends& ends, size_t count) {
    const std::string bytes(count, 'x');
    ASSERT_EQ(send(ends.client.get(), bytes.data(), count, 0), static_cast<ssize_t>(count));
    std::string got(count, '\0');
    ASSERT_EQ(recv(ends.server.get(), got.data(), count, MSG_WAITALL), static_cast<ssize_t>(count));
  }

  // gRPC's answer: this many calls of each of these peers, and no other ones.
  static CallCounter Open(std::map<std::string, int64_t> calls) {
    return [calls = std::move(calls)](const std::set<PeerAddress>& peers) {
      std::map<PeerAddress, int64_t> open;
      for (const auto& [peer, count] : calls) {
        if (peers.contains(*ParsePeer(peer))) open[*ParsePeer(peer)] = count;
      }
      return open;
    };
  }

  ListeningSockets listening_;
};

TEST_F(ConnectionTableTest, ThereAreNoMoreThanThereMayBe) {
  ConnectionTable table({.total = 2, .per_address = 2, .useless = absl::Hours(1)});
  Ends first = Connect();
  const Ends second = Connect();
  const Ends third = Connect();
  EXPECT_TRUE(table.TryAdd(first.server.get()));
  EXPECT_TRUE(table.TryAdd(second.server.get()));
  EXPECT_FALSE(table.TryAdd(third.server.get()));
  first = {};
  table.Tend(Open({}));
  EXPECT_EQ(table.size(), 1);
  EXPECT_TRUE(table.TryAdd(third.server.get()));
}

TEST_F(ConnectionTableTest, OneAddressLeavesRoomForOthers) {
  ConnectionTable table({.total = 3, .per_address = 1, .useless = absl::Hours(1)});
  const Ends own = Connect();
  const Ends second = Connect();
  const Ends other = Connect("127.0.0.2");
  EXPECT_TRUE(table.TryAdd(own.server.get()));
  EXPECT_FALSE(table.TryAdd(second.server.get()));
  EXPECT_TRUE(table.TryAdd(other.server.get()));
}

TEST_F(ConnectionTableTest, ADescriptorThatIsAnotherSocketNowWasAConnection) {
  ConnectionTable table({.total = 1, .per_address = 1, .useless = absl::ZeroDuration()});
  Ends ended = Connect();
  const int number = ended.server.get();
  ASSERT_TRUE(table.TryAdd(number));
  const Ends other = Connect();
  ASSERT_EQ(dup2(other.server.get(), number), number);
  table.Tend(Open({}));
  EXPECT_EQ(table.size(), 0);
  EXPECT_FALSE(IsCut(other));
}

TEST_F(ConnectionTableTest, WithoutACallAConnectionIsCut) {
  ConnectionTable table({.total = 9, .per_address = 9, .useless = absl::ZeroDuration()});
  const Ends idle = Connect();
  const Ends watching = Connect();
  const Ends refused = Connect();
  for (const Ends* ends : {&idle, &watching, &refused}) {
    ASSERT_TRUE(table.TryAdd(ends->server.get()));
  }
  table.BeginCall(PeerOf(watching));
  table.BeginCall(PeerOf(refused));
  table.EndCall(PeerOf(refused), CallUse::kRefused);
  table.Tend(Open({}));
  EXPECT_TRUE(IsCut(idle));
  EXPECT_TRUE(IsCut(refused));
  EXPECT_FALSE(IsCut(watching));
  table.EndCall(PeerOf(watching), CallUse::kUseful);
  table.Tend(Open({}));
  EXPECT_TRUE(IsCut(watching));
}

TEST_F(ConnectionTableTest, ACallKeepsItsConnectionForAWhile) {
  ConnectionTable table({.total = 9, .per_address = 9, .useless = absl::Hours(1)});
  const Ends ends = Connect();
  ASSERT_TRUE(table.TryAdd(ends.server.get()));
  table.BeginCall(PeerOf(ends));
  table.EndCall(PeerOf(ends), CallUse::kUseful);
  table.Tend(Open({}));
  EXPECT_FALSE(IsCut(ends));
}

TEST_F(ConnectionTableTest, WhoHasManyCallsHeldBackIsCutWhereThatAreTooMany) {
  ConnectionTable table(
      {.total = 9, .per_address = 9, .useless = absl::Hours(1), .held_calls = 20});
  const Ends many = Connect();
  const Ends few = Connect();
  const Ends served = Connect();
  for (const Ends* ends : {&many, &few, &served}) {
    ASSERT_TRUE(table.TryAdd(ends->server.get()));
    Send(*ends, 1);
  }
  for (int i = 0; i < 30; ++i) table.BeginCall(PeerOf(served));
  EXPECT_EQ(table.Tend(Open({{PeerOf(served), 30}, {PeerOf(few), 2}, {PeerOf(many), 18}})), 0);
  // A connection with held-back calls is counted again, even if it does not send more.
  EXPECT_EQ(table.Tend(Open({{PeerOf(served), 30}, {PeerOf(few), 2}, {PeerOf(many), 19}})), 1);
  EXPECT_TRUE(IsCut(many));
  EXPECT_FALSE(IsCut(few));
  EXPECT_FALSE(IsCut(served));
}

TEST_F(ConnectionTableTest, WhoMayHaveManyCallsHeldBackIsCutWithThoseThatHave) {
  ConnectionTable table(
      {.total = 9, .per_address = 9, .useless = absl::Hours(1), .held_calls = 20});
  const Ends many = Connect();
  const Ends next = Connect();
  const Ends small = Connect();
  const Ends known = Connect();
  for (const Ends* ends : {&many, &next, &small, &known}) {
    ASSERT_TRUE(table.TryAdd(ends->server.get()));
  }
  table.BeginCall(PeerOf(known));
  table.EndCall(PeerOf(known), CallUse::kUseful);
  Send(many, 1);
  Send(next, 5000);
  Send(small, 1000);
  Send(known, 5000);
  EXPECT_EQ(table.Tend(Open({{PeerOf(many), 21}})), 2);
  EXPECT_TRUE(IsCut(many));
  EXPECT_TRUE(IsCut(next));
  EXPECT_FALSE(IsCut(small));
  EXPECT_FALSE(IsCut(known));
}

TEST_F(ConnectionTableTest, WhoSendsMostWithoutACallIsCutWhereThatIsTooMuch) {
  ConnectionTable table(
      {.total = 9, .per_address = 9, .useless = absl::Hours(1), .held_bytes = 1000});
  const Ends much = Connect();
  const Ends some = Connect();
  const Ends uploading = Connect();
  for (const Ends* ends : {&much, &some, &uploading}) {
    ASSERT_TRUE(table.TryAdd(ends->server.get()));
  }
  table.BeginCall(PeerOf(uploading));
  Send(uploading, 5000);
  Send(some, 400);
  Send(much, 600);
  EXPECT_EQ(table.Tend(Open({})), 0);
  Send(much, 1);
  EXPECT_EQ(table.Tend(Open({})), 1);
  EXPECT_TRUE(IsCut(much));
  EXPECT_FALSE(IsCut(some));
  table.EndCall(PeerOf(uploading), CallUse::kUseful);
  EXPECT_EQ(table.Tend(Open({})), 0);
  EXPECT_FALSE(IsCut(uploading));
}

TEST_F(ConnectionTableTest, CallsOfIdleConnectionsAreCountedSeldom) {
  ConnectionTable table({.total = 9, .per_address = 9, .useless = absl::Hours(1)});
  const Ends ends = Connect();
  ASSERT_TRUE(table.TryAdd(ends.server.get()));
  size_t asked = 0;
  const CallCounter count = [&asked](const std::set<PeerAddress>& peers) {
    asked += peers.size();
    return std::map<PeerAddress, int64_t>();
  };
  for (int i = 0; i < 9; ++i) table.Tend(count);
  EXPECT_EQ(asked, 0);
  table.Tend(count);
  EXPECT_EQ(asked, 1);
  Send(ends, 1);
  table.Tend(count);
  EXPECT_EQ(asked, 2);
}

TEST(PeerTest, IsReadAsGrpcWritesIt) {
  const auto v4 = ParsePeer("ipv4:10.1.2.3:41234");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->port, 41234);
  EXPECT_EQ(v4->ip[12], 10);
  EXPECT_EQ(ParsePeer("ipv6:%5B::ffff:10.1.2.3%5D:41234"), v4);
  EXPECT_EQ(ParsePeer("ipv6:[2001:db8::1]:1"), ParsePeer("ipv6:%5B2001:db8::1%5D:1"));
  EXPECT_EQ(ParsePeer("ipv6:%5Bfe80::1%25eth0%5D:1"), ParsePeer("ipv6:[fe80::1]:1"));
  for (const char* text : {"", "unix:/run/x", "ipv4:10.1.2.3", "ipv4:10.1.2:1",
                           "ipv6:%5B::1%5D:", "ipv4:1.2.3.4:70000"}) {
    EXPECT_EQ(ParsePeer(text), std::nullopt) << text;
  }
}

TEST(ConnectionRoomTest, FilesHaveDescriptorsLeftWhateverTheLimit) {
  for (const uint64_t limit : {64, 256, 1024, 8192, 65536, 1 << 30}) {
    const ConnectionRoom room = RoomFor(limit);
    const uint64_t left = limit - static_cast<uint64_t>(room.descriptors) - room.refusals;
    EXPECT_GE(left, std::min<uint64_t>(limit / 3, 200)) << limit;
    EXPECT_LE(room.total, static_cast<size_t>(room.descriptors));
    EXPECT_LE(room.total, 2048);
    EXPECT_GT(room.per_address, 0);
    EXPECT_LT(room.per_address, room.total);
  }
}

TEST(ListenOnTest, APortThatIsTakenIsAnError) {
  const auto first = ListenOn("127.0.0.1:0", {});
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = ListenOn(absl::StrCat("127.0.0.1:", first->port), {}).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.message()), HasSubstr("in use"));
}

TEST(ListenOnTest, EveryAddressOfANameHasTheSamePort) {
  const auto listening = ListenOn("localhost:0", {});
  ASSERT_TRUE(listening.ok()) << listening.status();
  EXPECT_GT(listening->port, 0);
  EXPECT_FALSE(listening->sockets.empty());
  EXPECT_TRUE(ListenOn("0.0.0.0:0", {}).ok());
  EXPECT_TRUE(ListenOn("[::]:0", {}).ok());
}

// The mode of a file, without its kind.
int ModeOf(const std::string& path) {
  struct stat file {};
  return lstat(path.c_str(), &file) == 0 ? static_cast<int>(file.st_mode & 07777) : -1;
}

TEST(ListenOnTest, AUnixSocketIsOpenToThoseThatItsModeAdmits) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "electrad.sock").string();
  const mode_t umask_before = umask(0);
  EXPECT_TRUE(ListenOn("unix:" + path, {}).ok());
  EXPECT_EQ(ModeOf(path), 0600);
  umask(077);
  const auto listening = ListenOn("unix:" + path, {.socket_mode = 0660});  // the first is abandoned
  umask(umask_before);
  ASSERT_TRUE(listening.ok()) << listening.status();
  EXPECT_EQ(listening->path, path);
  EXPECT_EQ(ModeOf(path), 0660);
}

TEST(ListenOnTest, NothingIsRemovedThatIsNotAnAbandonedSocket) {
  const TemporaryFolder folder;
  const std::string socket = (folder.path() / "electrad.sock").string();
  const auto first = ListenOn("unix:" + socket, {});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(std::string(ListenOn("unix:" + socket, {}).status().message()),
              HasSubstr("another process listens there"));
  const std::string file = (folder.path() / "notes.txt").string();
  std::ofstream(file) << "mine";
  EXPECT_THAT(std::string(ListenOn("unix:" + file, {}).status().message()),
              HasSubstr("not a socket"));
  EXPECT_TRUE(std::filesystem::exists(file));
  const absl::Status too_long = ListenOn("unix:/" + std::string(120, 'a'), {}).status();
  EXPECT_THAT(std::string(too_long.message()), HasSubstr("121 bytes: at most 107"));
}

TEST(UnixConnectionTest, ConnectionsOfAUnixSocketAreCountedAndNeverCut) {
  ConnectionTable table({.total = 3, .per_address = 2, .useless = absl::ZeroDuration()});
  int pairs[3][2];
  for (auto& pair : pairs) ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  EXPECT_TRUE(table.TryAdd(pairs[0][0]));
  EXPECT_TRUE(table.TryAdd(pairs[1][0]));
  EXPECT_FALSE(table.TryAdd(pairs[2][0]));  // all of them are of one address
  EXPECT_EQ(table.size(), 2);
  table.Tend([](const std::set<PeerAddress>&) { return std::map<PeerAddress, int64_t>(); });
  EXPECT_EQ(send(pairs[0][0], "x", 1, MSG_NOSIGNAL), 1);
  close(pairs[0][0]);
  table.Tend([](const std::set<PeerAddress>&) { return std::map<PeerAddress, int64_t>(); });
  EXPECT_EQ(table.size(), 1);
  for (auto& pair : pairs) close(pair[1]);
  close(pairs[1][0]);
  close(pairs[2][0]);
}

TEST(ListenOnTest, AHostThatIsNotOfThisMachineIsAnError) {
  for (const char* address : {"192.0.2.1:0", "no-such-host.invalid:0"}) {
    const absl::Status status = ListenOn(address, {}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << address;
    EXPECT_THAT(std::string(status.message()), HasSubstr(address));
  }
}

}  // namespace
}  // namespace electra::server
