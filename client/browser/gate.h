// Who may see the pages: the browser that was given the address with its token, and no page of
// another site that makes a browser ask.
//
//   switch (gate.Judge({.host = ..., .token = ..., .cookies = ...})) { ... }
//
// A browser enters once with the token and has a cookie from then on, which only the pages' own
// requests carry (SameSite=Strict). The Host header must be the served address, so that a name that
// is made to point here (DNS rebinding) leads nowhere.
//
// Thread safety: constant.
#pragma once

#include <string>
#include <utility>

namespace electra::client {

enum class Verdict { kServe, kEnter, kWrongHost, kNoToken };

struct Visit {
  std::string host;     // as the header has it
  std::string token;    // in the query; empty: none
  std::string cookies;  // as the header has them
};

class Gate {
 public:
  Gate(int port, std::string token) : port_(port), token_(std::move(token)) {}

  Verdict Judge(const Visit& visit) const;
  // "electra_41234=...; Path=/; HttpOnly; SameSite=Strict"
  std::string Cookie() const;
  // "http://127.0.0.1:41234/?token=..."
  std::string EntryUrl() const;

 private:
  bool IsToken(const std::string& given) const;
  std::string CookieName() const;

  const int port_;
  const std::string token_;
};

}  // namespace electra::client
