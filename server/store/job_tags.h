// Table job_tags: tags that users give runs to find them again.
#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <map>
#include <string>

#include "server/store/database.h"

namespace electra::server {

using JobTags = std::map<std::string, std::string>;

JobTags ReadJobTags(Reader& reader, int64_t job_id);

// The same for many jobs, with a statement that is prepared once. Not thread-safe; the reader
// must outlive it.
class JobTagReader {
 public:
  explicit JobTagReader(Reader& reader);
  JobTags Read(int64_t job_id);

 private:
  SQLite::Statement query_;
};

// These and no others from now on.
void ReplaceJobTags(Transaction& transaction, int64_t job_id, const JobTags& tags);

}  // namespace electra::server
