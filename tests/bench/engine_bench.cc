// Times the training step on real text, in the form of bench peers: one line with model, step time
// and real tokens a second, then model FLOPs against what the machine's own matrix product reaches.
//
//   engine_bench --corpus FILE [--column C] --vocab FILE --model small --batch 16
//                --max-length 128 --steps 12 --threads 2 [--device cpu|cuda|cuda:N]
//                [--dtype float32|bfloat16|float16] [--checkpointing 1] [--write-ids FILE]
//                [--isa avx512|avx2|neon|baseline]  caps the instructions of a CPU, libtorch's too,
//                                                   so that the limit is that of the same ones
//   engine_bench --ids FILE --vocab-size N ...     one sequence of token ids a line, as --write-ids
//                                                  writes them; all there is where the engine is
//                                                  built alone
//
// Model FLOPs are those of the matrix products that the losses need, counted from the shapes: real
// tokens only, the generator's head and the last layer after its attention at masked tokens only.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/huge_pages.h"  // as the daemon does
#include "core/batch/batch.h"
#include "core/model/cpu/instruction_set.h"
#include "core/selftest/step_flops.h"
#include "core/session/device.h"
#include "core/session/session.h"
#include "core/shape/presets.h"

#ifndef ELECTRA_ENGINE_ONLY
#include "core/text/corpus_format.h"
#include "core/text/corpus_reader.h"
#include "core/text/tokenizer.h"
#endif

namespace electra {
namespace {

using Arguments = std::map<std::string, std::string>;

struct Corpus {
  void Add(const std::vector<int32_t>& sequence) {
    ids.insert(ids.end(), sequence.begin(), sequence.end());
    offsets.push_back(ids.size());
  }
  std::vector<int32_t> ids;
  std::vector<uint64_t> offsets = {0};
  SpecialTokenIds special;
  int64_t vocab_size = 0;
};

[[noreturn]] void Fail(const std::string& message) {
  std::fprintf(stderr, "engine_bench: %s\n", message.c_str());
  std::exit(2);
}

std::string Get(const Arguments& arguments, const std::string& key, const std::string& other) {
  const auto found = arguments.find(key);
  return found == arguments.end() ? other : found->second;
}

Corpus ReadIds(const Arguments& arguments, size_t window) {
  Corpus corpus;
  corpus.vocab_size = std::stoll(Get(arguments, "vocab-size", "35000"));
  std::ifstream file(arguments.at("ids"));
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::vector<int32_t> sequence;
    for (int32_t id; words >> id;) sequence.push_back(id);
    sequence.resize(std::min(sequence.size(), window));
    if (!sequence.empty()) corpus.Add(sequence);
  }
  return corpus;
}

#ifndef ELECTRA_ENGINE_ONLY
Corpus ReadText(const Arguments& arguments, size_t window) {
  const std::string path = arguments.at("corpus");
  std::ifstream vocabulary_file(Get(arguments, "vocab", ""), std::ios::binary);
  std::stringstream text;
  text << vocabulary_file.rdbuf();
  auto vocabulary = Vocabulary::Parse(text.str(), "--vocab");
  if (!vocabulary.ok()) Fail(std::string(vocabulary.status().message()));
  const Tokenizer tokenizer(std::make_shared<const Vocabulary>(*std::move(vocabulary)), {});

  CorpusOptions options;
  options.format = CorpusFormatFromFileName(path).value_or(CorpusFormat::kText);
  options.column = Get(arguments, "column", "");
  auto reader = CorpusReader::Open(path, options);
  if (!reader.ok()) Fail(std::string(reader.status().message()));
  Corpus corpus;
  std::string sample;
  while (true) {
    const auto more = (*reader)->Next(&sample);
    if (!more.ok()) Fail(std::string(more.status().message()));
    if (!*more) break;
    std::vector<int32_t> ids;
    tokenizer.Encode(sample, &ids);
    ids.resize(std::min(ids.size(), window));  // peers truncate; the same text for all
    if (!ids.empty()) corpus.Add(ids);
  }
  const SpecialTokens& special = tokenizer.vocabulary().special();
  corpus.special = {special.pad, special.unk, special.cls, special.sep, special.mask};
  corpus.vocab_size = tokenizer.vocabulary().size();
  return corpus;
}
#endif

void WriteIds(const Corpus& corpus, const std::string& path) {
  std::ofstream file(path);
  for (size_t i = 0; i + 1 < corpus.offsets.size(); ++i) {
    for (uint64_t j = corpus.offsets[i]; j < corpus.offsets[i + 1]; ++j) {
      file << corpus.ids[j] << (j + 1 == corpus.offsets[i + 1] ? '\n' : ' ');
    }
  }
  if (!file.flush()) Fail("cannot write " + path);
}

// Before libtorch is first called: it looks at the variables once.
void CapInstructions(const std::string& isa) {
  if (!cpu::UseInstructionSet(isa)) {
    std::string names;
    for (std::string_view name : cpu::InstructionSets()) names += " " + std::string(name);
    Fail("--isa is " + isa + ": this processor has" + names);
  }
  if (isa == "avx512") return;
  const bool is_avx2 = isa == "avx2";
  setenv("MKL_ENABLE_INSTRUCTIONS", is_avx2 ? "AVX2" : "SSE4_2", /*overwrite=*/1);
  setenv("ONEDNN_MAX_CPU_ISA", is_avx2 ? "AVX2" : "SSE41", /*overwrite=*/1);
  setenv("ATEN_CPU_CAPABILITY", is_avx2 ? "avx2" : "default", /*overwrite=*/1);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int Run(const Arguments& arguments) {
  if (arguments.contains("isa")) CapInstructions(arguments.at("isa"));
  const ModelPreset* preset = FindModelPreset(Get(arguments, "model", "small"));
  if (preset == nullptr) Fail("no such model");
  const auto batch_size = static_cast<uint64_t>(std::stoull(Get(arguments, "batch", "16")));
  const int steps = std::stoi(Get(arguments, "steps", "12"));
  const auto window = static_cast<size_t>(std::stoull(Get(arguments, "max-length", "128"))) - 2;
  SetThreadCount(std::stoi(Get(arguments, "threads", "0")));
#ifdef ELECTRA_ENGINE_ONLY
  if (!arguments.contains("ids")) Fail("--ids FILE is needed where the engine is built alone");
  const Corpus corpus = ReadIds(arguments, window);
#else
  const Corpus corpus =
      arguments.contains("ids") ? ReadIds(arguments, window) : ReadText(arguments, window);
#endif
  if (arguments.contains("write-ids")) WriteIds(corpus, arguments.at("write-ids"));
  const TokenSequences sequences{.ids = corpus.ids, .offsets = corpus.offsets};
  if (sequences.size() == 0) Fail("the corpus is empty");

  SessionOptions options{.model = preset->config, .hyperparameters = {}};
  options.device = ResolveDevice(Get(arguments, "device", "cpu"));
  if (options.device.empty()) Fail("device " + Get(arguments, "device", "cpu") + " is not there");
  options.model.generator.vocab_size = options.model.discriminator.vocab_size = corpus.vocab_size;
  const bool on_cpu = options.device == "cpu";
  const std::string dtype = Get(arguments, "dtype", on_cpu ? "float32" : "bfloat16");
  if (dtype != "float32" && dtype != "bfloat16" && dtype != "float16") {
    Fail("--dtype is " + dtype + ": it must be float32, bfloat16 or float16");
  }
  if (on_cpu && dtype == "float16") {
    Fail("a processor trains in float32 or bfloat16, not in float16");
  }
  options.hyperparameters.bf16 = dtype == "bfloat16" ? Bf16::kTrue : Bf16::kFalse;
  options.hyperparameters.fp16 = dtype == "float16";
  options.hyperparameters.gradient_checkpointing = Get(arguments, "checkpointing", "0") == "1";
  // What the machine can do changes with what else its host does: it is asked between the steps.
  std::vector<double> limits = {MeasureMatrixProduct(options.device, dtype)};
  TrainingSession session(options);

  // The first steps warm caches and allocators; peers leave out as many.
  constexpr int kWarmUp = 2;
  constexpr int kStepsOfLimit = 4;
  if (steps <= kWarmUp) Fail("--steps must be above 2");
  std::vector<double> times;
  double tokens = 0;
  double flops = 0;
  double loss = 0;
  auto start = std::chrono::steady_clock::now();
  for (int step = 0; step < steps; ++step) {
    if (on_cpu && step > kWarmUp && (step - kWarmUp) % kStepsOfLimit == 0) {
      limits.push_back(MeasureMatrixProduct(options.device, dtype));
      start = std::chrono::steady_clock::now();
    }
    std::vector<uint64_t> picked;
    for (uint64_t k = 0; k < batch_size; ++k) {
      picked.push_back((static_cast<uint64_t>(step) * batch_size + k) % sequences.size());
    }
    const std::vector<PackedBatch> batches = {
        MakeBatch(sequences, picked, corpus.special,
                  {.mlm_probability = 0.15, .replace_prob = 0.85, .seed = 0, .epoch = 0})};
    session.Step({.step = step + 1,
                  .learning_rate = 5e-5,
                  .micro_batches = batches,
                  .observed_sequence = std::nullopt});
    if (step >= kWarmUp) {
      tokens += static_cast<double>(batches[0].token_count());
      flops += selftest::StepFlops(options.model, batches[0]);
    }
    // A card is not waited for in between: its steps are timed together.
    if (!on_cpu && step + 1 != kWarmUp && step + 1 != steps) continue;
    const std::vector<StepResult> results = session.TakeResults();
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - start).count();
    start = now;
    loss = MeanMetrics(results.back().sums, 1, 50).combined_loss;
    if (step < kWarmUp) continue;
    times.insert(times.end(), results.size(), seconds / static_cast<double>(results.size()));
  }
  limits.push_back(MeasureMatrixProduct(options.device, dtype));
  double seconds = 0;
  for (double time : times) seconds += time;
  const double limit = Median(limits);
  std::printf(
      "engine\t%s\tparams %.1fM\tvocab %lld\tstep %.3f s\t%.0f tokens/s\tloss %.3f\t"
      "%.2f GFLOP/step\tlimit %.1f GFLOP/s\tshare %.0f %%\tpeak %.0f MB\tisa %s\n",
      std::string(preset->name).c_str(), static_cast<double>(session.parameter_count()) / 1e6,
      static_cast<long long>(corpus.vocab_size), Median(times), tokens / seconds, loss,
      flops / (steps - kWarmUp) / 1e9, limit / 1e9, 100 * flops / seconds / limit,
      static_cast<double>(PeakMemoryBytes(options.device)) / 1048576.0,
      on_cpu ? std::string(cpu::InstructionSet()).c_str() : "none");
  return 0;
}

}  // namespace
}  // namespace electra

int main(int argc, char** argv) {
  electra::PrepareEnvironmentForCuda();
  electra::Arguments arguments;
  for (int i = 1; i < argc; i += 2) {
    const std::string key = argv[i];
    if (!key.starts_with("--") || i + 1 == argc) electra::Fail("what is " + key + "?");
    arguments[key.substr(2)] = argv[i + 1];
  }
  return electra::Run(arguments);
}
