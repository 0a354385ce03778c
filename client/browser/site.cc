#include "client/browser/site.h"

#include <httplib.h>
#include <openssl/rand.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/browser/comparison.h"
#include "client/browser/gate.h"
#include "client/browser/job_feed.h"
#include "client/browser/refusal.h"
#include "client/browser/run_feed.h"
#include "client/i18n/phrases.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "client/views/html_report.h"
#include "client/views/page.h"
#include "client/views/page_fill.h"
#include "client/views/page_labels.h"

namespace electra::client {
namespace {

using httplib::Request;
using httplib::Response;

constexpr char kLoopback[] = "127.0.0.1";
constexpr size_t kMostThreads = 24;
constexpr int kMostStreams = 16;  // threads for streams; the rest give short answers
constexpr size_t kMostCompared = 3;
constexpr char kHtml[] = "text/html; charset=utf-8";
constexpr char kText[] = "text/plain; charset=utf-8";

// Sends a browser that has entered on by a page, not a redirect: a redirect that began at another
// site's link would not carry the cookie.
constexpr char kEntered[] =
    "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0; url=/\">"
    "<title>electra</title><a href=\"/\">electra</a>";

// The library's own option would let a second server have the same port.
void ReuseAddress(socket_t socket) {
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

absl::StatusOr<std::string> NewToken() {
  std::array<unsigned char, 32> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return LocalError(absl::StatusCode::kInternal, kPhrases.no_random);
  }
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void Refuse(Response& response, int status, const std::string& why) {
  response.status = status;
  response.set_content(why + "\n", kText);
}

void SendPage(Response& response, const std::string& page, std::string_view script) {
  response.set_header(
      "Content-Security-Policy",
      absl::StrCat(PagePolicy(script, PageReach::kItsServer), "; frame-ancestors 'none'"));
  response.set_content(page, kHtml);
}

}  // namespace

struct Site::State {
  explicit State(const Options& with) : options(with) {}

  void SetRoutes();
  httplib::Server::HandlerResponse LetIn(const Request& request, Response& response) const;
  void SendJobs(Response& response) const;
  void SendRun(const std::string& job, Response& response) const;
  void SendComparison(const Request& request, Response& response) const;
  void Stream(const std::function<std::unique_ptr<Feed>()>& open, Response& response);
  bool is_over() const { return options.environment.interruption->triggered(); }

  const Options options;
  httplib::Server server;
  std::optional<Gate> gate;
  std::atomic<int> streams = 0;
};

Site::Site(const Options& options) : state_(std::make_unique<State>(options)) {
  state_->server.new_task_queue = [] { return new httplib::ThreadPool(kMostThreads); };
  state_->server.set_socket_options(ReuseAddress);
  state_->server.set_payload_max_length(0);
  state_->server.set_default_headers({{"Cache-Control", "no-store"},
                                      {"Cross-Origin-Opener-Policy", "same-origin"},
                                      {"Cross-Origin-Resource-Policy", "same-origin"},
                                      {"Referrer-Policy", "no-referrer"},
                                      {"X-Content-Type-Options", "nosniff"},
                                      {"X-Frame-Options", "DENY"}});
  state_->SetRoutes();
}

Site::~Site() = default;

absl::Status Site::Bind(int port) {
  absl::StatusOr<std::string> token = NewToken();
  if (!token.ok()) return token.status();
  if (port == 0) {
    port = state_->server.bind_to_any_port(kLoopback);
    if (port <= 0) return FailedPrecondition(kPhrases.ui_port_taken, 0);
  } else if (!state_->server.bind_to_port(kLoopback, port)) {
    return FailedPrecondition(kPhrases.ui_port_taken, port);
  }
  state_->gate.emplace(port, *std::move(token));
  return absl::OkStatus();
}

std::string Site::url() const { return state_->gate->EntryUrl(); }

void Site::Serve() {
  std::atomic<bool> has_ended = false;
  // The library's loop, which stop() ends from another thread.
  std::thread loop([this, &has_ended] {
    state_->server.listen_after_bind();
    has_ended = true;
  });
  while (!state_->is_over() && !has_ended) {
    state_->options.environment.interruption->WaitFor(absl::Seconds(1));
  }
  // stop() has no effect before the server runs.
  while (!state_->server.is_running() && !has_ended) absl::SleepFor(absl::Milliseconds(1));
  state_->server.stop();
  loop.join();
}

httplib::Server::HandlerResponse Site::State::LetIn(const Request& request,
                                                    Response& response) const {
  using enum httplib::Server::HandlerResponse;
  if (request.method != "GET") {
    Refuse(response, 405, "only GET");
    return Handled;
  }
  switch (gate->Judge({.host = request.get_header_value("Host"),
                       .token = request.get_param_value("token"),
                       .cookies = request.get_header_value("Cookie")})) {
    case Verdict::kServe:
      return Unhandled;
    case Verdict::kEnter:
      response.status = 200;
      response.set_header("Set-Cookie", gate->Cookie());
      response.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
      response.set_content(kEntered, kHtml);
      return Handled;
    case Verdict::kWrongHost:
      Refuse(response, 421, "this address is not served here");
      return Handled;
    case Verdict::kNoToken:
      break;
  }
  Refuse(response, 403, kPhrases.ui_no_token.In(options.language));
  return Handled;
}

void Site::State::SetRoutes() {
  server.set_pre_routing_handler(
      [this](const Request& request, Response& response) { return LetIn(request, response); });
  server.Get("/", [this](const Request&, Response& response) { SendJobs(response); });
  server.Get("/stream", [this](const Request& request, Response& response) {
    const std::string filter = request.get_param_value("filter");
    Stream([this, filter] { return std::make_unique<JobFeed>(options.connection, filter); },
           response);
  });
  server.Get("/comparison", [this](const Request& request, Response& response) {
    SendComparison(request, response);
  });
  server.Get("/jobs/([A-Za-z0-9_.-]+)", [this](const Request& request, Response& response) {
    SendRun(JobName(request.matches[1]), response);
  });
  server.Get("/jobs/([A-Za-z0-9_.-]+)/stream", [this](const Request& request, Response& response) {
    const std::string job = JobName(request.matches[1]);
    Stream(
        [this, job] {
          const auto random = [generator = std::mt19937_64(std::random_device{}())]() mutable {
            return std::uniform_real_distribution<double>()(generator);
          };
          return std::make_unique<RunFeed>(options.connection.options(), options.environment,
                                           random, options.language, job);
        },
        response);
  });
}

void Site::State::SendJobs(Response& response) const {
  const nlohmann::json page = {
      {"language", LanguageCode(options.language)},
      {"labels", {{"ko", PageLabels(Language::kKorean)}, {"en", PageLabels(Language::kEnglish)}}},
      {"server", Visible(options.connection.target())},
      {"most_jobs", JobFeed::kMostJobs},
      {"jobs", nlohmann::json::array()},
      {"evaluations", nlohmann::json::array()},
      {"curves", nlohmann::json::object()},
      {"job", {{"step", 0}}},
      {"best_step", nullptr}};
  SendPage(response,
           FillPage({.content = JobsContent(),
                     .script = JobsScript(),
                     .language = options.language,
                     .title = "electra",
                     .data = Embeddable(page),
                     .reach = PageReach::kItsServer}),
           JobsScript());
}

// The page is empty, and its stream fills it: it also opens while the server is away.
void Site::State::SendRun(const std::string& job, Response& response) const {
  v1::Job named;
  named.set_name(job);
  SendPage(response, HtmlReport(named, options.language).RenderLive(options.connection.target()),
           LiveScript());
}

void Site::State::SendComparison(const Request& request, Response& response) const {
  std::vector<std::string> jobs;
  for (size_t i = 0; i < request.get_param_value_count("job"); ++i) {
    jobs.push_back(JobName(request.get_param_value("job", i)));
  }
  if (jobs.size() < 2 || jobs.size() > kMostCompared) return Refuse(response, 400, "2 or 3 jobs");
  nlohmann::json comparison;
  const grpc::Status status = CompareJobs(options.connection, jobs, &comparison);
  if (!status.ok()) {
    comparison = {{"refused", Refusal(status, options.connection.reach())}};
  }
  response.set_content(Embeddable(comparison), "application/json");
}

void Site::State::Stream(const std::function<std::unique_ptr<Feed>()>& open, Response& response) {
  if (++streams > kMostStreams) {
    --streams;
    return Refuse(response, 503, kPhrases.ui_too_many_pages.In(options.language));
  }
  const std::shared_ptr<Feed> feed = open();
  response.set_chunked_content_provider(
      "text/event-stream",
      [this, feed](size_t /*offset*/, httplib::DataSink& sink) {
        if (is_over()) return false;
        const std::string news = feed->Next();
        return !is_over() && sink.write(news.data(), news.size());
      },
      [this](bool /*success*/) { --streams; });
}

}  // namespace electra::client
