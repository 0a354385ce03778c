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
// What a job starts from: a model, or "jobs/ID" or "jobs/ID@STEP" as it is.
std::string StartingModelName(const std::string& given);
// Whether it is of a job.
bool IsOfJob(const std::string& model);
// The part behind the slash, for commands that people type.
std::string ShortName(const std::string& name);

}  // namespace electra::client
