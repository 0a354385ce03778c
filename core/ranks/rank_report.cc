#include "core/ranks/rank_report.h"

#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace electra {
namespace {

std::string Printable(std::string_view text) {
  constexpr size_t kMost = 255;
  std::string printable(text.substr(0, kMost));
  for (char& c : printable) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = '?';
  }
  return printable;
}

}  // namespace

std::string RankReportText(std::string_view device) {
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  return absl::StrCat(host, "\n", std::string(device));
}

RankReport ParseRankReport(int64_t rank, std::string_view text, bool present) {
  const size_t end = text.find('\n');
  RankReport report;
  report.rank = rank;
  report.present = present;
  report.host = Printable(text.substr(0, end));
  if (end != std::string_view::npos) report.device = Printable(text.substr(end + 1));
  return report;
}

}  // namespace electra
