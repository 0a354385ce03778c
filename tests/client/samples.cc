#include "tests/client/samples.h"

#include <string_view>

namespace electra::client {
namespace {

struct TokenSpec {
  const char* original;
  bool space_before = false;
};

constexpr TokenSpec kAppTokens[] = {
    {"[CLS]"},        {"특히"},       {"안드로이드", true},
    {"플랫폼", true}, {"기반", true}, {"##의"},
    {"웹", true},     {"##앱"},       {"##과"},
    {"하이", true},   {"##브"},       {"##드리"},
    {"##앱"},         {"##에"},       {"초점", true},
    {"##을"},         {"맞추", true}, {"##고"},
    {"있", true},     {"##다"},       {"[SEP]"},
};

std::string_view TextOf(std::string_view token) {
  if (token.front() == '[') return "";
  return token.substr(0, 2) == "##" ? token.substr(2) : token;
}

void Fake(v1::Sample& sample, int position, const char* fake, bool suspected) {
  v1::SampleToken& token = *sample.mutable_tokens(position);
  token.set_fake(fake);
  token.set_masked(true);
  token.set_predicted_fake(suspected);
}

}  // namespace

v1::Sample AppSample() {
  v1::Sample sample;
  sample.set_step(12);
  sample.set_combined_loss(2.225);
  sample.set_generator_loss(0.576);
  sample.set_discriminator_loss(0.033);
  for (const TokenSpec& spec : kAppTokens) {
    v1::SampleToken& token = *sample.add_tokens();
    token.set_original(spec.original);
    token.set_fake(spec.original);
    token.set_text(std::string(TextOf(spec.original)));
    token.set_space_before(spec.space_before);
  }
  // Masked, but the generator found the original: no fake.
  sample.mutable_tokens(14)->set_masked(true);
  Fake(sample, 6, "마이크로", true);
  Fake(sample, 9, "이", true);
  return sample;
}

v1::Sample SampleWithEveryVerdict() {
  v1::Sample sample = AppSample();
  Fake(sample, 2, "윈도우", false);
  sample.mutable_tokens(19)->set_predicted_fake(true);
  sample.mutable_tokens(5)->set_predicted_fake(true);
  return sample;
}

}  // namespace electra::client
