#include "server/store/token_rights.h"

namespace electra::server {

std::string_view RoleName(v1::Role role) {
  switch (role) {
    case v1::VIEWER:
      return "viewer";
    case v1::SUBMITTER:
      return "submitter";
    case v1::ADMIN:
      return "admin";
    default:
      return "none";
  }
}

v1::Role ParseRole(std::string_view name) {
  for (v1::Role role : {v1::VIEWER, v1::SUBMITTER, v1::ADMIN}) {
    if (RoleName(role) == name) return role;
  }
  return v1::ROLE_UNSPECIFIED;
}

}  // namespace electra::server
