// Loads a model directory and saves it again, for comparisons with other loaders:
//   hub_tool DIRECTORY generator|discriminator OUTPUT [float32|bfloat16|float16] [once|separate]
// Prints a note a line; on an error prints it to stderr and exits with 1.
#include <cstdio>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "core/hub/pretrained.h"
#include "core/hub/pretrained_save.h"

namespace electra {
namespace {

struct Arguments {
  std::string directory;
  Role role = Role::kGenerator;
  std::string output;
  SaveOptions options = {};
};

absl::StatusOr<Arguments> Parse(std::span<char*> argv) {
  if (argv.size() < 4) return absl::InvalidArgumentError("usage: hub_tool DIRECTORY ROLE OUTPUT");
  Arguments arguments{.directory = argv[1], .output = argv[3]};
  arguments.role =
      std::string_view(argv[2]) == "generator" ? Role::kGenerator : Role::kDiscriminator;
  for (const char* word : argv.subspan(4)) {
    const std::string_view option = word;
    if (option == "bfloat16") arguments.options.dtype = DType::kBFloat16;
    if (option == "float16") arguments.options.dtype = DType::kFloat16;
    if (option == "separate") arguments.options.tied_weight = TiedWeight::kSeparate;
  }
  arguments.options.model_card = "# A model\n";
  return arguments;
}

absl::Status Run(const Arguments& arguments) {
  ASSIGN_OR_RETURN(PretrainedNetwork network, LoadPretrained(arguments.directory, arguments.role));
  for (const Message& note : network.notes) std::printf("%s\n", note.text().c_str());
  if (!network.tokenizer.has_value()) return absl::NotFoundError("no vocabulary");
  std::deque<std::vector<float>> values;
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : network.weights) {
    ASSIGN_OR_RETURN(values.emplace_back(), ToFloat32(tensor.view));
    tensors.push_back({name,
                       {.dtype = DType::kFloat32,
                        .shape = tensor.view.shape,
                        .data = std::as_bytes(std::span(values.back()))}});
  }
  return SavePretrained(arguments.output, arguments.role, network.config, tensors,
                        network.tokenizer->vocabulary, network.tokenizer->options,
                        arguments.options);
}

}  // namespace
}  // namespace electra

int main(int argc, char** argv) {
  const absl::StatusOr<electra::Arguments> arguments =
      electra::Parse({argv, static_cast<size_t>(argc)});
  const absl::Status status = arguments.ok() ? electra::Run(*arguments) : arguments.status();
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}
