// Names of the server's resources, as users type and read them.
//
// Thread safety: pure functions.
#pragma once

#include <string>

namespace electra::client {

// "ID" and "jobs/ID" are the same job.
std::string JobName(const std::string& given);
std::string CorpusName(const std::string& given);
std::string ModelName(const std::string& given);
// The name of a starting model: a model's, or "jobs/ID" or "jobs/ID@STEP" unchanged.
std::string StartingModelName(const std::string& given);
// Whether the model is a job's.
bool IsOfJob(const std::string& model);
// The part after the slash, for commands that users type.
std::string ShortName(const std::string& name);

}  // namespace electra::client
