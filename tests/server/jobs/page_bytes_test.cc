// Pages of jobs and of samples stay below the limit of gRPC's clients, and do not lose rows by
// that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/jobs/history.h"
#include "server/jobs/list.h"
#include "server/store/corpora.h"
#include "server/store/events.h"
#include "server/store/jobs.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::ElementsAreArray;

constexpr size_t kTakenByClients = size_t{4} << 20;

class PageBytesTest : public ::testing::Test {
 protected:
  PageBytesTest() {
    const absl::Status status = database_->Write([&](Transaction& transaction) {
      corpus_ = InsertCorpus(transaction, {.name = "0123456789ab", .sha256 = "a"}).id;
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
  }

  absl::StatusOr<JobRow> AddJob(Transaction& transaction, int number, const std::string& note) {
    return InsertJob(transaction, {.name = absl::StrCat(absl::Hex(0xa00000000000 + number)),
                                   .corpus_id = corpus_,
                                   .model = "tiny",
                                   .hyperparameters = "{}",
                                   .note = note});
  }

  TemporaryFolder folder_;
  std::unique_ptr<Database> database_ = *Database::Open(folder_.path() / "electrad.db");
  int64_t corpus_ = 0;
};

TEST_F(PageBytesTest, OfJobsWithLongNotes) {
  std::vector<std::string> added;
  const absl::Status written = database_->Write([&](Transaction& transaction) -> absl::Status {
    for (int i = 0; i < 120; ++i) {
      const absl::StatusOr<JobRow> job = AddJob(transaction, i, std::string(50'000, 'x'));
      if (!job.ok()) return job.status();
      added.insert(added.begin(), "jobs/" + job->name);
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(written.ok()) << written;
  std::vector<std::string> listed;
  v1::ListJobsRequest request;
  request.set_page_size(1000);
  do {
    const absl::StatusOr<v1::ListJobsResponse> page = ReadJobPage(*database_, request, {});
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LT(page->ByteSizeLong(), kTakenByClients);
    ASSERT_GT(page->jobs_size(), 0);
    for (const v1::Job& job : page->jobs()) listed.push_back(job.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(listed, ElementsAreArray(added));
}

TEST_F(PageBytesTest, OfSamplesOfLongSentences) {
  std::vector<int64_t> added;
  const absl::Status written = database_->Write([&](Transaction& transaction) -> absl::Status {
    const absl::StatusOr<JobRow> job = AddJob(transaction, 0, "");
    if (!job.ok()) return job.status();
    for (int64_t step = 1; step <= 500; ++step) {
      v1::TrainingEvent event;
      event.mutable_sample()->set_step(step);
      event.mutable_sample()->add_tokens()->set_text(std::string(20'000, 'x'));
      AppendEvent(transaction, job->id, std::move(event));
      added.push_back(step);
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(written.ok()) << written;
  std::vector<int64_t> listed;
  Page page{.size = 500};
  do {
    const absl::StatusOr<RowPage<v1::Sample>> samples =
        ReadSamplePage(*database_, "jobs/a00000000000", {}, {}, page);
    ASSERT_TRUE(samples.ok()) << samples.status();
    v1::ListSamplesResponse response;
    for (const v1::Sample& sample : samples->rows) *response.add_samples() = sample;
    EXPECT_LT(response.ByteSizeLong(), kTakenByClients);
    ASSERT_GT(response.samples_size(), 0);
    for (const v1::Sample& sample : samples->rows) listed.push_back(sample.step());
    page.position = samples->next;
  } while (page.position != 0);
  EXPECT_THAT(listed, ElementsAreArray(added));
}

}  // namespace
}  // namespace electra::server
