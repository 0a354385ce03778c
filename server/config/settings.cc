#include "server/config/settings.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace electra::server {
namespace {

const Setting kSettings[] = {
    {.key = "data_dir",
     .member = &Settings::data_dir,
     .value_name = "FOLDER",
     .description = "Folder for all data of the daemon"},
    {.key = "listen",
     .member = &Settings::listen,
     .value_name = "HOST:PORT|unix:PATH",
     .description = "Address of the service; port 0 takes a free one",
     .kind = ValueKind::kListen},
    {.key = "socket_mode",
     .member = &Settings::socket_mode,
     .value_name = "MODE",
     .description = "Who may connect to unix:PATH: 0600 its owner, 0660 its group too",
     .choices = {"0600", "0660"}},
    {.key = "metrics_address",
     .member = &Settings::metrics_address,
     .value_name = "HOST:PORT",
     .description = "Address of the metrics for Prometheus, at /metrics, open to everyone who "
                    "reaches it; empty: none",
     .kind = ValueKind::kAddress},
    {.key = "threads",
     .member = &Settings::threads,
     .value_name = "N",
     .description = "Threads for training on the CPU; 0: one per core, or as many as a container's "
                    "limit grants",
     .maximum = 1024},
    {.key = "wait_for_devices",
     .member = &Settings::wait_for_devices,
     .value_name = "N",
     .description = "Number of CUDA devices to wait for before serving",
     .maximum = 64},
    {.key = "rank_timeout",
     .member = &Settings::rank_timeout,
     .value_name = "SECONDS",
     .description =
         "In a launch of several processes: time that a step waits for a silent rank before "
         "the job continues without it from its last checkpoint",
     .minimum = 1,
     .maximum = 3600},
    {.key = "rank_join_timeout",
     .member = &Settings::rank_join_timeout,
     .value_name = "SECONDS",
     .description = "Time that a job waits for absent ranks when it begins or has lost one",
     .maximum = 3600},
    {.key = "resident_models",
     .member = &Settings::resident_models,
     .value_name = "SIZE",
     .description =
         "Memory for weights of imported models, kept between jobs that start from them; "
         "0: none",
     .kind = ValueKind::kSize},
    {.key = "trusted_models",
     .member = &Settings::trusted_models,
     .value_name = "FOLDER",
     .description =
         "Folders that `electra model import --server-path` may read; repeat the flag, or "
         "separate them by colons in the variable"},
    {.key = "hub_endpoint",
     .member = &Settings::hub_endpoint,
     .value_name = "URL",
     .description = "Hugging Face hub to fetch models from, with HF_TOKEN for gated ones; its "
                    "default is HF_ENDPOINT where that is set; empty: nothing is fetched",
     .usual_variable = "HF_ENDPOINT"},
    {.key = "corpora_quota",
     .member = &Settings::corpora_quota,
     .value_name = "SIZE",
     .description = "Limit on the bytes of all corpora, such as 20GB; 0: the disk's",
     .reload = Reload::kBySignal,
     .kind = ValueKind::kSize},
    {.key = "checkpoints_quota",
     .member = &Settings::checkpoints_quota,
     .value_name = "SIZE",
     .description =
         "Limit on the bytes of all jobs' checkpoints: beyond it jobs are refused, and a "
         "running one pauses; 0: the disk's",
     .reload = Reload::kBySignal,
     .kind = ValueKind::kSize},
    {.key = "ended_jobs",
     .member = &Settings::ended_jobs,
     .value_name = "COUNT",
     .description =
         "Limit on the ended jobs of a token: beyond it the token's submissions are refused; "
         "0: no limit",
     .reload = Reload::kBySignal},
    {.key = "keepalive",
     .member = &Settings::keepalive,
     .value_name = "SECONDS",
     .description = "Silence after which the daemon checks whether a client is still there",
     .minimum = 1,
     .maximum = 3600},
    {.key = "tls_cert",
     .member = &Settings::tls_cert,
     .value_name = "FILE",
     .description =
         "Certificate chain (PEM); read again when it changes. With TLS every call needs "
         "a token"},
    {.key = "tls_key",
     .member = &Settings::tls_key,
     .value_name = "FILE",
     .description = "Private key of the certificate (PEM)"},
    {.key = "tls_client_ca",
     .member = &Settings::tls_client_ca,
     .value_name = "FILE",
     .description = "CA of client certificates (PEM), which can replace tokens (see `electrad "
                    "token create --help`)"},
    {.key = "require_tokens",
     .member = &Settings::require_tokens,
     .value_name = "",
     .description =
         "Require a token for every call, also without TLS, as on a machine with several users"},
    {.key = "insecure_i_know",
     .member = &Settings::insecure_i_know,
     .value_name = "",
     .description = "Listen on addresses other than the loopback without TLS"},
    {.key = "notify_url",
     .member = &Settings::notify_url,
     .value_name = "URL",
     .description = "Webhook (Slack, Discord, or a program's) that is told when a job ends, fails "
                    "or is paused",
     .reload = Reload::kBySignal,
     .kind = ValueKind::kWebhook},
    {.key = "notify_hosts",
     .member = &Settings::notify_hosts,
     .value_name = "HOST",
     .description = "Hosts that `electra submit --notify` may name, as in hooks.slack.com or "
                    "*.example.com:8443; http://HOST:PORT without TLS; repeat the flag, or "
                    "separate them by commas in the variable",
     .reload = Reload::kBySignal,
     .kind = ValueKind::kHosts},
    {.key = "log_level",
     .member = &Settings::log_level,
     .value_name = "LEVEL",
     .description = "Lowest level to log: debug, info, warning or error",
     .reload = Reload::kBySignal,
     .choices = {"debug", "info", "warning", "error"}},
    {.key = "log_format",
     .member = &Settings::log_format,
     .value_name = "FORMAT",
     .description = "text: key=value pairs; json: one object per line",
     .reload = Reload::kBySignal,
     .choices = {"text", "json"}},
};

}  // namespace

std::span<const Setting> SettingTable() { return kSettings; }

std::string FlagOf(const Setting& setting) {
  return absl::StrCat("--", absl::StrReplaceAll(std::string(setting.key), {{"_", "-"}}));
}

std::string VariableOf(const Setting& setting) {
  return absl::StrCat(std::string(kVariablePrefix),
                      absl::AsciiStrToUpper(std::string(setting.key)));
}

}  // namespace electra::server
