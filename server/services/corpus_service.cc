#include "server/services/corpus_service.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/base/clock.h"
#include "server/base/resource_names.h"
#include "server/corpora/catalogue.h"
#include "server/corpora/corpus_messages.h"
#include "server/corpora/upload.h"
#include "server/rpc/receiving_stream.h"
#include "server/store/corpora.h"

namespace electra::server {
namespace {

constexpr PageLimits kCorpusPages = {.default_size = 50, .max_size = 1000};

v1::Corpus ToProto(const CorpusRow& row) {
  v1::Corpus corpus;
  corpus.set_name(absl::StrCat("corpora/", row.name));
  corpus.set_file_name(row.file_name);
  corpus.set_format(server::ToProto(row.format));
  corpus.set_column(row.column);
  corpus.set_size_bytes(row.size_bytes);
  corpus.set_sha256(row.sha256);
  corpus.set_sample_count(row.sample_count);
  *corpus.mutable_create_time() = ToTimestamp(row.created_at);
  corpus.set_encoding(row.encoding);
  corpus.set_on_invalid(server::ToProto(row.on_invalid));
  corpus.set_skipped_sample_count(row.skipped_sample_count);
  corpus.set_replaced_sample_count(row.replaced_sample_count);
  corpus.set_delimiter(row.delimiter);
  corpus.set_quoting(server::ToProto(row.quoting));
  corpus.set_multi_line_sample_count(row.multi_line_sample_count);
  corpus.set_longest_quote_begin(row.longest_quote_begin);
  corpus.set_longest_quote_end(row.longest_quote_end);
  return corpus;
}

}  // namespace

grpc::ServerReadReactor<v1::UploadCorpusRequest>* CorpusService::UploadCorpus(
    grpc::CallbackServerContext* context, v1::Corpus* response) {
  return ReceiveStream<v1::UploadCorpusRequest, CorpusUpload>(
      calls_, context, response,
      [=, this](const Caller& caller) {
        return std::make_unique<CorpusUpload>(caller, uploads_,
                                              [context] { return context->IsCancelled(); });
      },
      [](CorpusUpload& upload, v1::Corpus* corpus) -> absl::Status {
        ASSIGN_OR_RETURN(const CorpusRow row, upload.Store());
        *corpus = ToProto(row);
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* CorpusService::GetUpload(grpc::CallbackServerContext* context,
                                                   const v1::GetUploadRequest* request,
                                                   v1::Upload* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const UploadProgress progress, GetUploadProgress(uploads_, request->header()));
    response->set_received_bytes(progress.received);
    if (progress.corpus) *response->mutable_corpus() = ToProto(*progress.corpus);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CorpusService::GetCorpus(grpc::CallbackServerContext* context,
                                                   const v1::GetCorpusRequest* request,
                                                   v1::Corpus* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const CorpusRow row, ReadCorpus(uploads_.database, request->name()));
    *response = ToProto(row);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CorpusService::ListCorpora(grpc::CallbackServerContext* context,
                                                     const v1::ListCorporaRequest* request,
                                                     v1::ListCorporaResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const Page page, ParsePage(request->page_size(), request->page_token(),
                                                kCorpusPages, "corpora"));
    ASSIGN_OR_RETURN(const RowPage<CorpusRow> corpora, ReadCorpusPage(uploads_.database, page));
    for (const CorpusRow& row : corpora.rows) *response->add_corpora() = ToProto(row);
    if (corpora.next != 0) response->set_next_page_token(NextPageToken("corpora", corpora.next));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CorpusService::DeleteCorpus(grpc::CallbackServerContext* context,
                                                      const v1::DeleteCorpusRequest* request,
                                                      google::protobuf::Empty* response) {
  return RunUnary(
      calls_, context, request, response,
      [=, this](const Caller& caller) {
        return RemoveCorpus(uploads_.database, uploads_.data_dir, caller, request->name());
      },
      Length::kLong);
}

}  // namespace electra::server
