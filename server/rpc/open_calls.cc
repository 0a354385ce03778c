#include "server/rpc/open_calls.h"

#include <grpc/grpc.h>
#include <grpc/support/alloc.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"

namespace electra::server {
namespace {

using ChannelzJson = nlohmann::json;

constexpr intptr_t kSocketsOfPage = 500;

// The answer of channelz; an empty object where there is none.
ChannelzJson ParseChannelz(char* returned) {
  const std::unique_ptr<char, decltype(&gpr_free)> text(returned, gpr_free);
  if (text == nullptr) return ChannelzJson::object();
  ChannelzJson parsed = ChannelzJson::parse(text.get(), nullptr, /*allow_exceptions=*/false);
  return parsed.is_object() ? parsed : ChannelzJson::object();
}

// 64-bit numbers are strings, and zeros are missing.
int64_t Number(const ChannelzJson& object, const char* name) {
  int64_t number = 0;
  const std::string text = object.value(name, std::string("0"));
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

int64_t OpenCallsOfSocket(int64_t socket) {
  const ChannelzJson answer = ParseChannelz(grpc_channelz_get_socket(socket));
  const ChannelzJson data =
      answer.value("socket", ChannelzJson::object()).value("data", ChannelzJson::object());
  return Number(data, "streamsStarted") - Number(data, "streamsSucceeded") -
         Number(data, "streamsFailed");
}

void AddCallsOfServer(int64_t server, const std::set<PeerAddress>& peers,
                      std::map<PeerAddress, int64_t>* calls) {
  for (int64_t next = 0;;) {
    const ChannelzJson page =
        ParseChannelz(grpc_channelz_get_server_sockets(server, next, kSocketsOfPage));
    const ChannelzJson sockets = page.value("socketRef", ChannelzJson::array());
    for (const ChannelzJson& socket : sockets) {
      const int64_t id = Number(socket, "socketId");
      next = id + 1;
      // "chttp2 ipv4:127.0.0.1:41234"
      const std::string name = socket.value("name", std::string());
      const std::optional<PeerAddress> peer =
          ParsePeer(std::string_view(name).substr(name.rfind(' ') + 1));
      if (peer && peers.contains(*peer)) (*calls)[*peer] += OpenCallsOfSocket(id);
    }
    if (sockets.empty() || page.value("end", false)) return;
  }
}

}  // namespace

std::map<PeerAddress, int64_t> CountOpenCalls(const std::set<PeerAddress>& peers) {
  std::map<PeerAddress, int64_t> calls;
  try {
    const ChannelzJson answer = ParseChannelz(grpc_channelz_get_servers(0));
    for (const ChannelzJson& server : answer.value("server", ChannelzJson::array())) {
      const ChannelzJson ref = server.value("ref", ChannelzJson::object());
      AddCallsOfServer(Number(ref, "serverId"), peers, &calls);
    }
  } catch (const ChannelzJson::exception&) {
    // Another release of gRPC may use other types: not a reason to end the daemon.
  }
  return calls;
}

}  // namespace electra::server
