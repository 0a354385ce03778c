#include "server/jobs/sample_confusions.h"

namespace electra::server {
namespace {

void Fill(const TokenConfusion<std::string>& counts, v1::TokenConfusion* confusion) {
  confusion->set_token(counts.token);
  confusion->set_count(counts.count);
  confusion->set_masked_count(counts.masked);
  confusion->set_fake_count(counts.fakes);
  confusion->set_missed_count(counts.missed);
  confusion->set_suspected_count(counts.suspected);
}

}  // namespace

void SampleConfusions::Add(const v1::Sample& sample) {
  if (sample.probe() > 0) return;
  if (++samples_ == 1) first_step_ = sample.step();
  last_step_ = sample.step();
  for (const v1::SampleToken& token : sample.tokens()) {
    const bool is_fake = token.original() != token.fake();
    if (token.text().empty() && !is_fake) continue;  // [CLS], [SEP]
    counter_.Add({.original = token.original(),
                  .fake = token.fake(),
                  .masked = token.masked(),
                  .suspected = token.predicted_fake()});
  }
}

v1::Confusions SampleConfusions::Top(int limit) const {
  const Confusions<std::string> counted = counter_.Top(static_cast<size_t>(limit));
  v1::Confusions confusions;
  confusions.set_sample_count(samples_);
  confusions.set_first_step(first_step_);
  confusions.set_last_step(last_step_);
  confusions.set_token_count(counted.tokens);
  confusions.set_masked_count(counted.masked);
  confusions.set_fake_count(counted.fakes);
  confusions.set_caught_count(counted.caught);
  confusions.set_suspected_count(counted.suspected);
  confusions.set_is_approximate(counted.is_approximate);
  for (const auto& counts : counted.faked) Fill(counts, confusions.add_faked());
  for (const FakeConfusion<std::string>& counts : counted.missed) {
    v1::FakeConfusion* missed = confusions.add_missed();
    missed->set_original(counts.original);
    missed->set_fake(counts.fake);
    missed->set_fake_count(counts.fakes);
    missed->set_missed_count(counts.missed);
  }
  for (const auto& counts : counted.suspects) Fill(counts, confusions.add_suspected());
  return confusions;
}

}  // namespace electra::server
