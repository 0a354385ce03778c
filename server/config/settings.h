// The daemon's settings: one table for a file, the environment and flags (load_settings.h), and for
// the documentation. Free functions without state.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace electra::server {

struct Settings {
  std::string data_dir;  // empty: DefaultDataDir()
  std::string listen = "127.0.0.1:50551";
  std::string socket_mode = "0600";
  std::string metrics_address;  // empty: no metrics are served
  int64_t threads = 0;
  int64_t wait_for_devices = 0;
  int64_t rank_timeout = 30;                   // seconds
  int64_t rank_join_timeout = 30;              // seconds
  int64_t resident_models = int64_t{1} << 30;  // bytes
  std::vector<std::string> trusted_models;
  std::string hub_endpoint = "https://huggingface.co";  // empty: nothing is fetched
  int64_t corpora_quota = 0;                            // bytes
  int64_t checkpoints_quota = 0;                        // bytes
  int64_t ended_jobs = 10'000;                          // of each token
  int64_t keepalive = 60;                               // seconds
  std::string tls_cert;
  std::string tls_key;
  std::string tls_client_ca;
  bool require_tokens = false;
  bool insecure_i_know = false;
  std::string notify_url;  // empty: none
  std::vector<std::string> notify_hosts;
  std::string log_level = "info";
  std::string log_format = "text";
};

// When a changed value is in force.
enum class Reload { kAtStart, kBySignal };

// kListen: HOST:PORT or unix:PATH. kWebhook: a URL that is a secret. kHosts: a list of hosts,
// separated by commas in a variable, since ports have colons.
enum class ValueKind { kText, kSize, kAddress, kListen, kWebhook, kHosts };

// A row of the table.
struct Setting {
  using Member = std::variant<std::string Settings::*, bool Settings::*, int64_t Settings::*,
                              std::vector<std::string> Settings::*>;

  std::string_view key;  // in the file: "data_dir"; --data-dir, ELECTRAD_DATA_DIR
  Member member;
  std::string_view value_name;  // "FILE"
  std::string_view description;
  Reload reload = Reload::kAtStart;
  ValueKind kind = ValueKind::kText;
  int64_t minimum = 0;
  int64_t maximum = 0;                                // 0: none
  std::initializer_list<std::string_view> choices{};  // empty: any text
  // A variable of other programs, which replaces the default; empty: none.
  std::string_view usual_variable{};
};

std::span<const Setting> SettingTable();

// Begins the names of all variables of settings.
inline constexpr std::string_view kVariablePrefix = "ELECTRAD_";

std::string FlagOf(const Setting& setting);      // "--data-dir"
std::string VariableOf(const Setting& setting);  // "ELECTRAD_DATA_DIR"

}  // namespace electra::server
