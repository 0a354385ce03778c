"""The results of a run: the report and its page, exports that other tools read, the trained pair at
work on sentences, against transformers."""
import argparse
import csv
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import numpy
import torch
import transformers

from browser import Browser
from rig import SETTINGS, Client, Daemon, weights

transformers.utils.logging.disable_progress_bar()

OPTIONS = None  # set by main
TOLERANCE = 1e-5
PROBE = "관계형 데이터베이스를 설계하는 방법을 다룬다"
SENTENCES = ["클라우드 환경에서 웹 서비스를 운영한다", "", "데이터베이스",
             "운영체제의 가상 메모리와 프로세스 스케줄링을 설명하는 책이다", "zzz 🙂 ﷽ [MASK]"]


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.daemon = Daemon(OPTIONS.electrad, cls.folder / "data").start()
        cls.addClassCleanup(cls.daemon.end, signal.SIGTERM)
        cls.client = Client(OPTIONS.electra, cls.daemon.address)
        (cls.folder / "probe.txt").write_text(PROBE + "\n", encoding="utf-8")
        cls.job = cls.client.submit("--corpus", OPTIONS.corpus, "--name", "책 <b>모음</b>",
                                    "--probe", cls.folder / "probe.txt")
        cls.events = cls.client.events(cls.job)
        cls.steps = [event["step"] for event in cls.events if "step" in event]
        cls.samples = [event["sample"] for event in cls.events if "sample" in event]
        cls.evaluations = [event["evaluation"] for event in cls.events if "evaluation" in event]

    def export(self, form, *options, name=None):
        folder = self.folder / (name or form)
        shutil.rmtree(folder, ignore_errors=True)
        self.client.run("export", self.job, "--format", form, folder, *options)
        return folder

    def test_report_counts_what_the_samples_show(self):
        counted = json.loads(self.client.run("report", self.job, "--json", "--limit", 1000,
                                             "--source", "samples").stdout)
        tokens = [token for sample in self.samples if sample["probe"] == 0
                  for token in sample["tokens"]]
        fakes = [token for token in tokens if token["original"] != token["fake"]]
        suspected = [token for token in tokens if token["original"] == token["fake"]
                     and token["predicted_fake"] and token["text"]]
        self.assertGreater(len(fakes), 10)
        self.assertEqual(int(counted["fake_count"]), len(fakes))
        self.assertEqual(int(counted["suspected_count"]), len(suspected))
        missed = {}
        for token in fakes:
            if not token["predicted_fake"]:
                pair = (token["original"], token["fake"])
                missed[pair] = missed.get(pair, 0) + 1
        self.assertEqual({(entry["original"], entry["fake"]): int(entry["missed_count"])
                          for entry in counted["missed"]}, missed)
        some = json.loads(self.client.run("report", self.job, "--json", "--from", 8, "--to",
                                          16).stdout)
        self.assertEqual((int(some["first_step"]), int(some["last_step"]),
                          int(some["sample_count"])), (8, 16, 3))

    def test_report_counts_what_the_evaluations_judged(self):
        def of(source):
            return json.loads(self.client.run("report", self.job, "--json", "--limit", 1000,
                                              "--source", source).stdout)
        best = min(self.evaluations, key=lambda one: one["combined_loss"])
        for source, evaluation in (("evaluation", self.evaluations[-1]), ("best", best)):
            counted = of(source)
            sequences = int(counted["sample_count"])
            fakes, caught = int(counted["fake_count"]), int(counted["caught_count"])
            self.assertGreater(fakes, 10)
            self.assertEqual(counted["last_step"], evaluation["step"])
            # An evaluation counts [CLS] and [SEP] among its tokens.
            self.assertEqual(int(counted["token_count"]),
                             int(evaluation["token_count"]) - 2 * sequences)
            self.assertAlmostEqual(caught / fakes, evaluation["discriminator_recall"])
            self.assertEqual(sum(int(token["fake_count"]) for token in counted["faked"]), fakes)
            self.assertEqual(sum(int(pair["missed_count"]) for pair in counted["missed"]),
                             fakes - caught)
            # Tokens that the generator predicted correctly are not fakes.
            self.assertLessEqual(fakes, int(counted["masked_count"]))
        shown = self.client.run("report", self.job, "--lang", "en").stdout
        self.assertLess(shown.index("Evaluation after step"), shown.index("of training batches"))

    def test_the_page_of_a_real_run_opens(self):
        page = self.folder / "run.html"
        self.client.run("report", self.job, "--html", page, "--lang", "ko")
        browser = Browser()
        self.addCleanup(browser.close)
        browser.open(page)
        self.assertEqual(browser.problems, [])
        self.assertEqual(browser.text("#title"), f"책 <b>모음</b> ({self.job})")
        self.assertIn(pathlib.Path(OPTIONS.corpus).name, browser.text("#facts"))
        best = min(self.evaluations, key=lambda one: one["combined_loss"])["step"]
        self.assertEqual(browser.text("tr.best td"), f"★ {best}")
        browser.resize(1280)
        self.assertEqual(browser.evaluate(
            "[...document.querySelectorAll('.scroll')].filter((node) => "
            "node.scrollWidth > node.clientWidth).length"), 0)
        browser.resize(390)
        self.assertLessEqual(browser.evaluate("document.documentElement.scrollWidth"), 390)
        self.assertEqual(browser.evaluate("data.curves.combined_loss.length"), len(self.steps))
        self.assertEqual(browser.evaluate("data.samples.length"), len(self.samples))
        self.assertEqual(browser.evaluate("data.confusions.map((found) => found.is_evaluation)"),
                         [True, False])
        shown = browser.evaluate("[...document.querySelectorAll('#sentences article')].map("
                                 "(sample) => sample.dataset.probe)")
        self.assertEqual(shown, ["0", "1"])
        original = browser.evaluate(
            "[...document.querySelectorAll('#sentences article[data-probe=\"1\"] .sentence')][0]"
            ".textContent")
        self.assertEqual(re.sub(r"[()]|^.*: *", "", original), PROBE)

    def test_csv_and_jsonl(self):
        folder = self.export("csv", "--raw-cells")
        with open(folder / "steps.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([float(row["combined_loss"]) for row in rows],
                         [step["combined_loss"] for step in self.steps])
        with open(folder / "tokens.csv", encoding="utf-8", newline="") as file:
            tokens = list(csv.DictReader(file))
        self.assertEqual([(token["original"], token["fake"], token["text"]) for token in tokens],
                         [(token["original"], token["fake"], token["text"])
                          for sample in self.samples for token in sample["tokens"]])
        self.assertEqual(json.loads((folder / "job.json").read_text())["name"], self.job)
        folder = self.export("jsonl")
        lines = [json.loads(line) for line in
                 (folder / "evaluations.jsonl").read_text(encoding="utf-8").splitlines()]
        self.assertEqual([line["combined_loss"] for line in lines],
                         [evaluation["combined_loss"] for evaluation in self.evaluations])
        self.assertEqual([line["step"] for line in lines],
                         [int(evaluation["step"]) for evaluation in self.evaluations])

    def test_parquet_is_read_by_pyarrow(self):
        import pyarrow.parquet
        folder = self.export("parquet")
        steps = pyarrow.parquet.read_table(folder / "steps.parquet").to_pydict()
        self.assertEqual(steps["step"], [int(step["step"]) for step in self.steps])
        self.assertEqual(steps["combined_loss"], [step["combined_loss"] for step in self.steps])
        # Null where they are not defined, as in JSON.
        for name in ("discriminator_precision", "discriminator_recall"):
            self.assertEqual(steps[name], [step[name] for step in self.steps])
        tokens = pyarrow.parquet.read_table(folder / "tokens.parquet").to_pydict()
        expected = [token for sample in self.samples for token in sample["tokens"]]
        self.assertEqual(tokens["fake"], [token["fake"] for token in expected])
        for name in ("space_before", "masked", "predicted_fake"):
            self.assertEqual(tokens[name], [token[name] for token in expected])
        samples = pyarrow.parquet.ParquetFile(folder / "samples.parquet")
        self.assertEqual(samples.metadata.num_rows, len(self.samples))
        self.assertEqual(str(samples.schema_arrow.field("original_sentence").type), "string")

    def test_tensorboard_reads_its_event_file(self):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        folder = self.export("tensorboard")
        events = EventAccumulator(str(folder / self.job.removeprefix("jobs/")),
                                  size_guidance={"scalars": 0, "tensors": 0})
        events.Reload()
        losses = events.Scalars("train/combined_loss")
        self.assertEqual([loss.step for loss in losses],
                         [int(step["step"]) for step in self.steps])
        numpy.testing.assert_allclose([loss.value for loss in losses],
                                      [step["combined_loss"] for step in self.steps], rtol=1e-6)
        times = [loss.wall_time for loss in losses]
        self.assertEqual(times, sorted(times))
        self.assertEqual([scalar.step for scalar in events.Scalars("eval/discriminator_f1")],
                         [int(evaluation["step"]) for evaluation in self.evaluations])
        text = events.Tensors("probe/1")[0].tensor_proto.string_val[0].decode()
        self.assertIn("데이터베이스", text.replace("(", "").replace(")", ""))
        self.assertIn("max_steps = 40",
                      events.Tensors("settings")[0].tensor_proto.string_val[0].decode())

    def test_mlflow_reads_its_runs(self):
        # MLflow still reads such folders if it is told to, and migrates them.
        os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
        from mlflow.store.tracking.file_store import FileStore
        folder = self.export("mlflow", name="ml runs#1%20한")
        other = self.client.submit("--corpus", OPTIONS.corpus, settings={"max_steps": 4})
        self.client.events(other)
        self.client.run("export", other, "--format", "mlflow", folder)  # into the same folder
        store = FileStore(folder.as_uri(), folder.as_uri())
        experiment = store.get_experiment_by_name("electra")
        runs = store.search_runs([experiment.experiment_id], "", 1)  # ViewType.ACTIVE_ONLY
        self.assertEqual({run.data.tags["electra.job"] for run in runs}, {self.job, other})
        run = next(run for run in runs if run.data.tags["electra.job"] == self.job)
        self.assertEqual(run.info.run_name, "책 <b>모음</b>")
        self.assertEqual(run.info.status, "FINISHED")
        self.assertEqual(run.data.params["max_steps"], "40")
        history = store.get_metric_history(run.info.run_id, "combined_loss")
        self.assertEqual([(metric.step, metric.value) for metric in history],
                         [(int(step["step"]), step["combined_loss"]) for step in self.steps])
        self.assertEqual(run.data.metrics["eval_combined_loss"],
                         self.evaluations[-1]["combined_loss"])
        samples = (folder / experiment.experiment_id / run.info.run_id / "artifacts" /
                   "samples.jsonl").read_text(encoding="utf-8").splitlines()
        self.assertEqual([json.loads(line) for line in samples], self.samples)
        artifacts = get_artifact_repository(run.info.artifact_uri).list_artifacts()
        self.assertEqual([artifact.path for artifact in artifacts], ["samples.jsonl"])

    def model(self):
        """The trained pair as transformers has it."""
        folder = self.folder / "model"
        if not folder.exists():
            self.client.run("model", "download", self.job, folder)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder / "discriminator")
        generator = transformers.ElectraForMaskedLM.from_pretrained(folder / "generator")
        discriminator = transformers.ElectraForPreTraining.from_pretrained(folder / "discriminator")
        return tokenizer, generator.eval(), discriminator.eval()

    @staticmethod
    def probabilities(discriminator, ids):
        with torch.no_grad():
            return discriminator(torch.tensor([ids])).logits[0].sigmoid().tolist()

    @staticmethod
    def ids(tokenizer, sentence):
        """Literal special tokens are ordinary text here."""
        core = tokenizer.backend_tokenizer
        plain = type(core).from_str(json.dumps({**json.loads(core.to_str()), "added_tokens": []}))
        ids = plain.encode(sentence, add_special_tokens=False).ids
        return [tokenizer.cls_token_id, *ids, tokenizer.sep_token_id]

    def try_texts(self, *arguments):
        texts = [part for sentence in SENTENCES for part in ("--text", sentence)]
        lines = self.client.run("try", self.job, *texts, "--json", *arguments).stdout.splitlines()
        return [json.loads(line)["sample"] for line in lines]

    def test_judgements_are_those_of_transformers(self):
        tokenizer, _, discriminator = self.model()
        for sentence, sample in zip(SENTENCES, self.try_texts("--judge-only"), strict=True):
            ids = self.ids(tokenizer, sentence)
            self.assertEqual([token["original"] for token in sample["tokens"]],
                             tokenizer.convert_ids_to_tokens(ids))
            numpy.testing.assert_allclose([token["fake_probability"] for token in sample["tokens"]],
                                          self.probabilities(discriminator, ids), atol=TOLERANCE)
            self.assertFalse(any(token["masked"] for token in sample["tokens"]))

    def test_fakes_are_judged_as_transformers_judges_them(self):
        tokenizer, _, discriminator = self.model()
        samples = self.try_texts("--seed", "5")
        self.assertEqual(samples, self.try_texts("--seed", "5"))
        self.assertNotEqual(samples, self.try_texts("--seed", "6"))
        fakes = 0
        for sentence, sample in zip(SENTENCES, samples, strict=True):
            tokens = sample["tokens"]
            self.assertEqual(tokenizer.convert_tokens_to_ids([token["original"] for token in tokens]),
                             self.ids(tokenizer, sentence))
            masked = [token for token in tokens if token["masked"]]
            self.assertEqual(len(masked), -(-15 * (len(tokens) - 2) // 100))  # 15 %, rounded up
            for token in tokens:
                if token["original"] != token["fake"]:
                    self.assertTrue(token["masked"])
                    fakes += 1
            ids = tokenizer.convert_tokens_to_ids([token["fake"] for token in tokens])
            numpy.testing.assert_allclose([token["fake_probability"] for token in tokens],
                                          self.probabilities(discriminator, ids), atol=TOLERANCE)
        self.assertGreater(fakes, 2)

    def test_fakes_follow_the_generators_distribution(self):
        tokenizer, generator, _ = self.model()
        sentence = "데이터베이스"
        ids = self.ids(tokenizer, sentence)
        drawn, expected = {}, {}
        texts = [part for _ in range(64) for part in ("--text", sentence)]
        lines = []
        for seed in range(4):
            lines += self.client.run("try", self.job, *texts, "--json", "--seed",
                                     seed * 1000).stdout.splitlines()
        for line in lines:
            tokens = json.loads(line)["sample"]["tokens"]
            place = next(i for i, token in enumerate(tokens) if token["masked"])
            token = tokens[place]["fake"]
            drawn[token] = drawn.get(token, 0) + 1
        # Most masked tokens are hidden ([MASK]), the others are seen; the place is one of a few.
        with torch.no_grad():
            for place in range(1, len(ids) - 1):
                for share, replacement in ((0.85, tokenizer.mask_token_id), (0.15, ids[place])):
                    masked = list(ids)
                    masked[place] = replacement
                    chances = generator(torch.tensor([masked])).logits[0, place].softmax(-1)
                    for token, chance in enumerate(chances.tolist()):
                        expected[token] = expected.get(token, 0) + share * chance / (len(ids) - 2)
        # The tokens in ten groups of equal probability: each gets its share of the draws.
        order = sorted(expected, key=expected.get)
        groups, total = [[0.0, 0] for _ in range(10)], 0.0
        names = tokenizer.convert_ids_to_tokens(order)
        for token, name in zip(order, names):
            group = groups[min(9, int(total * 10))]
            group[0] += expected[token]
            group[1] += drawn.get(name, 0)
            total += expected[token]
        statistic = sum((count - len(lines) * share) ** 2 / (len(lines) * share)
                        for share, count in groups if share > 0.01)
        self.assertLess(statistic, 33)  # chi-square of nine degrees: less than 1 in 7,000

    def test_embeddings_are_those_of_transformers(self):
        tokenizer, _, discriminator = self.model()
        source = self.folder / "sentences.txt"
        source.write_text("\n".join(SENTENCES * 9) + "\n", encoding="utf-8")
        hidden = []
        with torch.no_grad():
            for sentence in SENTENCES:
                ids = torch.tensor([self.ids(tokenizer, sentence)])
                hidden.append(discriminator.electra(ids).last_hidden_state[0].numpy())
        for pooling, pool in (("mean", lambda states: states.mean(axis=0)),
                              ("cls", lambda states: states[0])):
            output = self.folder / f"{pooling}.npy"
            self.client.run("embed", self.job, "--input", source, "--output", output,
                            "--pooling", pooling, "--force")
            embeddings = numpy.load(output)
            self.assertEqual(embeddings.dtype, numpy.float32)
            numpy.testing.assert_allclose(embeddings, [pool(states) for states in hidden] * 9,
                                          atol=TOLERANCE)

    def test_an_earlier_checkpoint_can_be_tried(self):
        result = json.loads(self.client.run("try", self.job, "--text", "책", "--judge-only",
                                            "--json", "--checkpoint", 36).stdout)
        self.assertEqual(int(result["sample"]["step"]), 36)
        refused = self.client.run("try", self.job, "--text", "책", "--checkpoint", 3, expect=3)
        self.assertIn("there are checkpoints of 36, 40", refused.stderr)

    def test_imported_models_do_what_they_came_with(self):
        tokenizer, _, _ = self.model()
        config = transformers.ElectraConfig(
            vocab_size=len(tokenizer), embedding_size=16, hidden_size=32, num_hidden_layers=1,
            num_attention_heads=2, intermediate_size=48, max_position_embeddings=24)
        torch.manual_seed(3)
        whole = transformers.ElectraForPreTraining(config).eval()
        for name, model, has_vocabulary in (("judge", whole, True), ("headless", whole.electra, True),
                                            ("wordless", whole, False)):
            folder = self.folder / name
            model.save_pretrained(folder)
            if has_vocabulary:
                shutil.copy(self.folder / "model/discriminator/vocab.txt", folder)
                shutil.copy(self.folder / "model/discriminator/tokenizer_config.json", folder)
            self.client.run("model", "import", name, "--discriminator", folder)

        def refusal(*arguments):
            return self.client.run("try", *arguments, "--text", PROBE, expect=3).stderr
        self.assertIn("without a generator", refusal("models/judge"))
        self.assertIn("without its head", refusal("models/headless", "--judge-only"))
        self.assertIn("without a vocabulary", refusal("models/wordless", "--judge-only"))
        self.assertIn("no weights", refusal("models/tiny"))
        self.assertIn("no checkpoints of steps", refusal("models/judge", "--checkpoint", "4"))
        judged = json.loads(self.client.run("try", "models/judge", "--judge-only", "--json", "--text",
                                            PROBE * 4).stdout)
        self.assertTrue(judged["truncated"])
        self.assertEqual(len(judged["sample"]["tokens"]), 24)
        ids = [tokenizer.cls_token_id, *self.ids(tokenizer, PROBE * 4)[1:23],
               tokenizer.sep_token_id]
        numpy.testing.assert_allclose(
            [token["fake_probability"] for token in judged["sample"]["tokens"]],
            self.probabilities(whole, ids), atol=TOLERANCE)
        source = self.folder / "long.txt"
        source.write_text(PROBE * 4 + "\n", encoding="utf-8")
        result = self.client.run("embed", "models/headless", "--input", source, "--output",
                                 self.folder / "long.npy")
        self.assertIn("1", result.stderr)
        with torch.no_grad():
            expected = whole.electra(torch.tensor([ids])).last_hidden_state[0].mean(0).numpy()
        numpy.testing.assert_allclose(numpy.load(self.folder / "long.npy")[0], expected,
                                      atol=TOLERANCE)

    def test_training_is_not_changed_by_what_is_tried_meanwhile(self):
        settings = {"max_steps": 60, "hidden_dropout_prob": 0.1, "seed": 3}
        alone = self.client.submit("--corpus", OPTIONS.corpus, settings=settings)
        self.client.events(alone)
        watched = self.client.submit("--corpus", OPTIONS.corpus, settings=settings)
        process = self.client.spawn("watch", watched, "--json", stdout=subprocess.PIPE)
        tried = 0
        for line in process.stdout:
            event = json.loads(line)
            if int(event.get("step", {}).get("step", 0)) % 5 == 1:
                self.client.run("try", self.job, "--text", PROBE, "--seed", tried)
                tried += 1
        self.assertEqual(process.wait(), 0)
        process.stdout.close()
        self.assertGreaterEqual(tried, 10)
        self.assertEqual(weights(self.daemon, alone), weights(self.daemon, watched))


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--electra", required=True)
    parser.add_argument("--corpus", required=True, type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
