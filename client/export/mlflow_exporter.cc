#include "client/export/mlflow_exporter.h"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <map>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "client/export/table.h"
#include "client/files/output_place.h"
#include "client/files/path_component.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/rpc/json_output.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "client/views/scalars.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace electra::client {
namespace {

namespace fs = std::filesystem;

// MLflow's own would be random; this one is the same for all exports, so that they meet.
constexpr char kExperimentId[] = "732018450916237584";
constexpr char kExperimentName[] = "electra";

// 32 hexadecimal digits, as MLflow wants them.
std::string RunId(const std::string& job) { return Sha256Hex(job).substr(0, 32); }

int64_t Milliseconds(const google::protobuf::Timestamp& time) {
  return absl::ToUnixMillis(ToTime(time));
}

std::string PercentEncoded(std::string_view path) {
  constexpr std::string_view kPlain = "/-._~";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      absl::StrAppendFormat(&out, "%%%02X", byte);
    }
  }
  return out;
}

// The numbers of MLflow's RunStatus.
int StatusNumber(v1::JobState state) {
  switch (state) {
    case v1::SUCCEEDED:
      return 3;  // FINISHED
    case v1::FAILED:
      return 4;  // FAILED
    case v1::CANCELLED:
      return 5;  // KILLED
    case v1::QUEUED:
    case v1::PAUSED:
      return 2;  // SCHEDULED
    default:
      return 1;  // RUNNING
  }
}

class MlflowExporter : public RunExporter {
 public:
  explicit MlflowExporter(OutputFolder& folder) : folder_(folder) {}

  absl::Status Begin(const v1::Job& job) override {
    clock_.Start(job);
    run_id_ = RunId(job.name());
    run_ = fs::path(kExperimentId) / run_id_;
    absl::Status status;
    if (!folder_.Has(fs::path(kExperimentId) / "meta.yaml")) {
      status.Update(WriteFile(fs::path(kExperimentId) / "meta.yaml", ExperimentMeta(job)));
    }
    status.Update(WriteFile(run_ / "meta.yaml", RunMeta(job)));
    status.Update(WriteFile(run_ / "tags" / "mlflow.runName", NameOf(job)));
    status.Update(WriteFile(run_ / "tags" / "electra.job", job.name()));
    status.Update(WriteFile(run_ / "tags" / "electra.state", v1::JobState_Name(job.state())));
    for (const auto& [key, value] : SettingsOf(job)) {
      ASSIGN_OR_RETURN(const fs::path file,
                       PathComponent(key, kPhrases.hyperparameter_name, kPhrases.export_flat));
      status.Update(WriteFile(run_ / "params" / file, value));
    }
    // A run has metrics in any case, or MLflow does not take it for one.
    status.Update(AddScalars(job.step(), clock_.At(0),
                             {{"recorded_steps", static_cast<double>(job.step())}}));
    status.Update(AddFinetunings(job));
    RETURN_IF_ERROR(status);
    ASSIGN_OR_RETURN(const fs::path samples, folder_.Reserve(run_ / "artifacts" / "samples.jsonl"));
    samples_.open(samples, std::ios::binary);
    return absl::OkStatus();
  }

  absl::Status Add(const v1::StepMetrics& step) override {
    return AddScalars(step.step(), clock_.Advance(step), ScalarsOf(step, ""));
  }

  absl::Status Add(const v1::Evaluation& evaluation) override {
    const double time = clock_.At(evaluation.step());
    RETURN_IF_ERROR(AddScalars(evaluation.step(), time, ScalarsOf(evaluation, "eval_")));
    for (const v1::Evaluation& one : evaluation.eval_corpora()) {
      ASSIGN_OR_RETURN(
          const fs::path name,
          PathComponent(one.eval_corpus(), kPhrases.eval_corpus_name, kPhrases.export_flat));
      RETURN_IF_ERROR(AddScalars(evaluation.step(), time,
                                 ScalarsOf(one, absl::StrCat("eval_", name.string(), "_"))));
    }
    return absl::OkStatus();
  }

  absl::Status Add(const v1::Sample& sample) override {
    samples_ << ToJsonLine(sample);
    return samples_ ? absl::OkStatus() : CannotWriteFile("samples.jsonl");
  }

  absl::Status Finish() override {
    absl::Status status;
    for (auto& [name, file] : metrics_) {
      file.close();
      if (!file) status.Update(CannotWriteFile(name));
    }
    samples_.close();
    if (!samples_) status.Update(CannotWriteFile("samples.jsonl"));
    return status;
  }

 private:
  static std::string NameOf(const v1::Job& job) {
    return job.display_name().empty() ? ShortName(job.name()) : job.display_name();
  }

  std::string ArtifactUri(const fs::path& relative) const {
    return absl::StrCat("file://", PercentEncoded((folder_.absolute() / relative).string()));
  }

  // Quoted: what looks like a number would be read as one.
  std::string ExperimentMeta(const v1::Job& job) const {
    YAML::Emitter yaml;
    yaml << YAML::BeginMap;
    AddText("artifact_location", ArtifactUri(kExperimentId), &yaml);
    AddNumber("creation_time", Milliseconds(job.create_time()), &yaml);
    AddText("experiment_id", kExperimentId, &yaml);
    AddNumber("last_update_time", Milliseconds(job.create_time()), &yaml);
    AddText("lifecycle_stage", "active", &yaml);
    AddText("name", kExperimentName, &yaml);
    yaml << YAML::EndMap;
    return absl::StrCat(yaml.c_str(), "\n");
  }

  std::string RunMeta(const v1::Job& job) const {
    YAML::Emitter yaml;
    yaml << YAML::BeginMap;
    AddText("artifact_uri", ArtifactUri(run_ / "artifacts"), &yaml);
    if (job.has_end_time()) AddNumber("end_time", Milliseconds(job.end_time()), &yaml);
    AddText("entry_point_name", "", &yaml);
    AddText("experiment_id", kExperimentId, &yaml);
    AddText("lifecycle_stage", "active", &yaml);
    AddText("run_id", run_id_, &yaml);
    AddText("run_name", NameOf(job), &yaml);
    AddText("run_uuid", run_id_, &yaml);
    AddText("source_name", "", &yaml);
    AddNumber("source_type", 4, &yaml);  // LOCAL
    AddText("source_version", "", &yaml);
    AddNumber("start_time",
              Milliseconds(job.has_start_time() ? job.start_time() : job.create_time()), &yaml);
    AddNumber("status", StatusNumber(job.state()), &yaml);
    yaml << YAML::Key << "tags" << YAML::Value << YAML::BeginSeq << YAML::EndSeq;
    AddText("user_id", job.submitted_by(), &yaml);
    yaml << YAML::EndMap;
    return absl::StrCat(yaml.c_str(), "\n");
  }

  static void AddText(const char* key, const std::string& text, YAML::Emitter* yaml) {
    *yaml << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << text;
  }
  static void AddNumber(const char* key, int64_t number, YAML::Emitter* yaml) {
    *yaml << YAML::Key << key << YAML::Value << number;
  }

  absl::Status WriteFile(const fs::path& relative, const std::string& content) {
    ASSIGN_OR_RETURN(const fs::path path, folder_.Reserve(relative));
    std::ofstream out(path, std::ios::binary);
    out << content;
    out.close();
    return out ? absl::OkStatus() : CannotWriteFile(path);
  }

  // The means over the runs of each model.
  absl::Status AddFinetunings(const v1::Job& job) {
    for (const v1::Finetuning& finetuning : job.finetunings()) {
      const int64_t step = finetuning.model_step();
      if (finetuning.has_base()) {
        RETURN_IF_ERROR(
            AddScalars(step, clock_.At(0),
                       {{"finetuned_base_macro_f1", finetuning.base().macro_f1_mean()},
                        {"finetuned_base_accuracy", finetuning.base().accuracy_mean()}}));
      }
      if (finetuning.has_adapted()) {
        RETURN_IF_ERROR(
            AddScalars(step, clock_.At(0),
                       {{"finetuned_adapted_macro_f1", finetuning.adapted().macro_f1_mean()},
                        {"finetuned_adapted_accuracy", finetuning.adapted().accuracy_mean()}}));
      }
    }
    return absl::OkStatus();
  }

  // A line for each number, in the file of its name: milliseconds, value, step.
  absl::Status AddScalars(int64_t step, double time, const Scalars& scalars) {
    for (const auto& [name, number] : scalars) {
      auto file = metrics_.find(name);
      if (file == metrics_.end()) {
        ASSIGN_OR_RETURN(const fs::path path, folder_.Reserve(run_ / "metrics" / name));
        file = metrics_.emplace(name, std::ofstream(path, std::ios::binary)).first;
      }
      file->second << static_cast<int64_t>(time * 1000) << ' ' << FormatNumber(number) << ' '
                   << step << '\n';
      if (!file->second) return CannotWriteFile(name);
    }
    return absl::OkStatus();
  }

  OutputFolder& folder_;
  StepClock clock_;
  std::string run_id_;
  fs::path run_;  // relative
  std::map<std::string, std::ofstream> metrics_;
  std::ofstream samples_;
};

}  // namespace

std::unique_ptr<RunExporter> MakeMlflowExporter(OutputFolder& folder) {
  return std::make_unique<MlflowExporter>(folder);
}

}  // namespace electra::client
