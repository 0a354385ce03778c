#include "client/export/tensorboard_exporter.h"

#include <bit>
#include <cstring>
#include <fstream>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "client/export/crc32c.h"
#include "client/export/table.h"
#include "client/files/path_component.h"
#include "client/i18n/phrases.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "client/views/sample_view.h"
#include "client/views/scalars.h"
#include "core/base/status_macros.h"
#include "electra/tensorboard/event.pb.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

namespace tb = electra::tensorboard;

static_assert(std::endian::native == std::endian::little, "the file's numbers are little-endian");

template <typename Number>
std::string BytesOf(Number number) {
  std::string bytes(sizeof(Number), '\0');
  std::memcpy(bytes.data(), &number, sizeof(Number));
  return bytes;
}

// TensorFlow's records: length, its check sum, data, its check sum. The sums are masked, since data
// that holds check sums of its own is otherwise hard on them.
uint32_t MaskedCrc(std::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

std::string Record(const std::string& data) {
  const std::string length = BytesOf(uint64_t{data.size()});
  return absl::StrCat(length, BytesOf(MaskedCrc(length)), data, BytesOf(MaskedCrc(data)));
}

// Text is shown as Markdown, with HTML made harmless by TensorBoard; indented it stays as it is.
std::string Verbatim(const std::string& text) {
  return absl::StrCat("    ", absl::StrReplaceAll(text, {{"\n", "\n    "}}));
}

void SetText(const std::string& tag, const std::string& text, tb::Summary::Value* value) {
  constexpr int kString = 7;
  value->set_tag(tag);
  value->mutable_metadata()->mutable_plugin_data()->set_plugin_name("text");
  value->mutable_tensor()->set_dtype(kString);
  value->mutable_tensor()->mutable_tensor_shape()->add_dim()->set_size(1);
  value->mutable_tensor()->add_string_val(text);
}

class TensorBoardExporter : public RunExporter {
 public:
  explicit TensorBoardExporter(OutputFolder& folder) : folder_(folder) {}

  absl::Status Begin(const v1::Job& job) override {
    clock_.Start(job);
    // The same run has the same file, so that an export on top of an older one replaces it.
    const std::string name =
        absl::StrFormat("events.out.tfevents.%010d.electra", static_cast<int64_t>(clock_.At(0)));
    ASSIGN_OR_RETURN(const std::filesystem::path run,
                     PathComponent(ShortName(job.name()), kPhrases.job_name, kPhrases.export_flat));
    ASSIGN_OR_RETURN(path_, folder_.Reserve(run / name));
    out_.open(path_, std::ios::binary);
    tb::Event version;
    version.set_wall_time(clock_.At(0));
    version.set_file_version("brain.Event:2");
    RETURN_IF_ERROR(Write(version));
    std::string settings;
    for (const auto& [key, value] : SettingsOf(job))
      absl::StrAppend(&settings, key, " = ", value, "\n");
    tb::Event event;
    event.set_wall_time(clock_.At(0));
    SetText("settings", Verbatim(settings), event.mutable_summary()->add_value());
    return Write(event);
  }

  absl::Status Add(const v1::StepMetrics& step) override {
    return WriteScalars(step.step(), clock_.Advance(step), ScalarsOf(step, "train/"));
  }

  absl::Status Add(const v1::Evaluation& evaluation) override {
    const double time = clock_.At(evaluation.step());
    RETURN_IF_ERROR(WriteScalars(evaluation.step(), time, ScalarsOf(evaluation, "eval/")));
    for (const v1::Evaluation& one : evaluation.eval_corpora()) {
      RETURN_IF_ERROR(
          WriteScalars(evaluation.step(), time,
                       ScalarsOf(one, absl::StrCat("eval_", Visible(one.eval_corpus()), "/"))));
    }
    return absl::OkStatus();
  }

  absl::Status Add(const v1::Sample& sample) override {
    tb::Event event;
    event.set_step(sample.step());
    event.set_wall_time(clock_.At(sample.step()));
    const std::string tag = sample.probe() > 0 ? absl::StrCat("probe/", sample.probe()) : "sample";
    SetText(tag,
            Verbatim(absl::StrCat(SampleSentence(sample, SentenceKind::kOriginal).text(), "\n",
                                  SampleSentence(sample, SentenceKind::kFake).text())),
            event.mutable_summary()->add_value());
    return Write(event);
  }

  absl::Status Finish() override {
    out_.close();
    return out_ ? absl::OkStatus() : CannotWriteFile(path_);
  }

 private:
  absl::Status Write(const tb::Event& event) {
    const std::string record = Record(event.SerializeAsString());
    out_.write(record.data(), static_cast<std::streamsize>(record.size()));
    return out_ ? absl::OkStatus() : CannotWriteFile(path_);
  }

  absl::Status WriteScalars(int64_t step, double time, const Scalars& scalars) {
    tb::Event event;
    event.set_step(step);
    event.set_wall_time(time);
    for (const auto& [name, number] : scalars) {
      tb::Summary::Value* value = event.mutable_summary()->add_value();
      value->set_tag(name);
      value->set_simple_value(static_cast<float>(number));
    }
    return Write(event);
  }

  OutputFolder& folder_;
  StepClock clock_;
  std::filesystem::path path_;
  std::ofstream out_;
};

}  // namespace

std::unique_ptr<RunExporter> MakeTensorBoardExporter(OutputFolder& folder) {
  return std::make_unique<TensorBoardExporter>(folder);
}

}  // namespace electra::client
