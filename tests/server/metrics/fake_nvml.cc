// The part of NVIDIA's management library that the daemon uses, with answers from the file named by
// FAKE_NVML: one line per card, `UUID TOTAL USED PERCENT`; no file: the driver is missing.
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

constexpr int kSuccess = 0;
constexpr int kInvalidArgument = 2;
constexpr int kDriverNotLoaded = 9;

struct Card {
  std::string uuid;
  unsigned long long total = 0;
  unsigned long long used = 0;
  unsigned int percent = 0;
};

bool Read(std::vector<Card>* cards) {
  const char* path = std::getenv("FAKE_NVML");
  std::ifstream file(path == nullptr ? "" : path);
  if (!file) return false;
  for (Card card; file >> card.uuid >> card.total >> card.used >> card.percent;) {
    cards->push_back(card);
  }
  return true;
}

// A handle is the card's index and one.
int Find(void* handle, Card* card) {
  std::vector<Card> cards;
  const auto index = reinterpret_cast<size_t>(handle) - 1;
  if (!Read(&cards) || index >= cards.size()) return kDriverNotLoaded;
  *card = cards[index];
  return kSuccess;
}

}  // namespace

struct Memory {
  unsigned long long total, free, used;
};
struct Utilization {
  unsigned int gpu, memory;
};

extern "C" {

int nvmlInit_v2() {
  std::vector<Card> cards;
  return Read(&cards) ? kSuccess : kDriverNotLoaded;
}
int nvmlShutdown() { return kSuccess; }
int nvmlDeviceGetCount_v2(unsigned int* count) {
  std::vector<Card> cards;
  if (!Read(&cards)) return kDriverNotLoaded;
  *count = static_cast<unsigned int>(cards.size());
  return kSuccess;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void** handle) {
  std::vector<Card> cards;
  if (!Read(&cards) || index >= cards.size()) return kInvalidArgument;
  *handle = reinterpret_cast<void*>(size_t{index} + 1);
  return kSuccess;
}
int nvmlDeviceGetHandleByUUID(const char* uuid, void** handle) {
  std::vector<Card> cards;
  Read(&cards);
  for (size_t i = 0; i < cards.size(); ++i) {
    if (cards[i].uuid != uuid) continue;
    *handle = reinterpret_cast<void*>(i + 1);
    return kSuccess;
  }
  return kInvalidArgument;
}
int nvmlDeviceGetMemoryInfo(void* handle, Memory* memory) {
  Card card;
  if (const int result = Find(handle, &card); result != kSuccess) return result;
  *memory = {card.total, card.total - card.used, card.used};
  return kSuccess;
}
int nvmlDeviceGetUtilizationRates(void* handle, Utilization* utilization) {
  Card card;
  if (const int result = Find(handle, &card); result != kSuccess) return result;
  *utilization = {card.percent, 0};
  return kSuccess;
}
const char* nvmlErrorString(int result) {
  return result == kDriverNotLoaded ? "Driver Not Loaded" : "Invalid Argument";
}

}  // extern "C"
