// The fields by which jobs are filtered and ordered, and the SQL over table jobs that they are.
//
// Thread safety: constants and pure functions.
#pragma once

#include <string_view>

#include "core/base/message.h"

namespace electra::server {

struct JobField {
  enum class Type {
    kText,
    kState,   // the name of a JobState
    kNumber,  // integers too
    kTime,    // microseconds since 1970-01-01 UTC
  };
  std::string_view name;
  Type type;
  std::string_view sql;         // NULL or '': the job has none
  std::string_view collection;  // of resource names: "models/" before a value is left out
};

// nullptr for an unknown name.
const JobField* FindJobField(std::string_view name);

// "there is no field \"stat\": did you mean \"state\"?"
Message UnknownJobField(std::string_view name);

}  // namespace electra::server
