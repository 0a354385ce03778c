#include "core/selftest/card_speed.h"

namespace electra::selftest {
namespace {

struct Card {
  std::string_view part;  // of the name
  double tera;
};

// The first that occurs in the name counts: longer names first.
constexpr Card kCards[] = {
    {"GB200", 2500},      {"B200", 2250},        {"B100", 1750},
    {"GH200", 989},       {"H200 NVL", 835},     {"H200", 989},
    {"H100 NVL", 835},    {"H100 PCIe", 756},    {"H100", 989},
    {"H800 PCIe", 756},   {"H800", 989},         {"H20", 148},
    {"A100", 312},        {"A800", 312},         {"A30", 165},
    {"A40", 149.7},       {"A10G", 70},          {"A10", 125},
    {"L40S", 362},        {"L40", 181},          {"L4", 121},
    {"RTX A6000", 154.8}, {"RTX 6000 Ada", 364}, {"RTX 5090", 209.5},
    {"RTX 4090", 165.2},  {"RTX 3090", 71},      {"T4", 65},
};

}  // namespace

std::optional<double> DatasheetSpeed(std::string_view card) {
  for (const Card& known : kCards) {
    if (card.find(known.part) != std::string_view::npos) return known.tera * 1e12;
  }
  return std::nullopt;
}

}  // namespace electra::selftest
