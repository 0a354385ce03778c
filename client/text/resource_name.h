// Names of the server's resources, as people give and read them.
//
// Thread safety: pure functions.
#pragma once

#include <string>

namespace electra::client {

// "ID" and "jobs/ID" are the same job.
std::string JobName(const std::string& given);
std::string CorpusName(const std::string& given);
std::string ModelName(const std::string& given);
// The part behind the slash, for commands that people type.
std::string ShortName(const std::string& name);

}  // namespace electra::client
