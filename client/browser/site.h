// The live pages over HTTP, only on the loopback.
//
//   Site site({.connection = connection, .environment = environment, .language = language});
//   RETURN_IF_ERROR(site.Bind(port));
//   ... site.url() ...
//   site.Serve();   // until the user interrupts
//
// Answers only GET requests with the token (gate.h). A page may only load from and connect to this
// server.
//
// Threads: the HTTP library's answer requests, one for each stream while its page is open; their
// number is bounded. Not thread-safe. Ownership: borrows connection and environment.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "client/environment/environment.h"
#include "client/i18n/labels.h"
#include "client/rpc/connection.h"

namespace electra::client {

class Site {
 public:
  struct Options {
    Connection& connection;
    Environment& environment;
    Language language = Language::kEnglish;
  };

  explicit Site(const Options& options);
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  // 0: a free port. FailedPrecondition: it is taken.
  absl::Status Bind(int port);
  // With its token. After Bind().
  std::string url() const;
  // Returns when the interruption is triggered, and no answer is under way.
  void Serve();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace electra::client
