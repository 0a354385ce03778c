"""Fine-tuning from the command line to transformers: scores of the base and of the adapted model,
the state after an end of the daemon and a job in between, and the model that is downloaded.

    finetune_test.py --electrad ... --electra ... --corpus computing_ko.txt
"""
import argparse
import json
import pathlib
import sys
import tempfile
import time
import unittest

import torch
import transformers

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from rig import Client, Daemon  # noqa: E402

options = None

GOOD = ["데이터 구조 참 좋다", "서버 관리 정말 훌륭하다", "언어 모델 아주 좋다", "학습 코드 훌륭하다"]
BAD = ["데이터 구조 참 나쁘다", "서버 관리 정말 끔찍하다", "언어 모델 아주 나쁘다", "학습 코드 끔찍하다"]
LEARNING = ["--epochs", "10", "--learning-rate", "3e-3", "--batch-size", "8"]


def labelled(copies):
    lines = ["번호\t글\t평가"]
    for i in range(copies):
        for text, label in [*((one, "긍정") for one in GOOD), *((one, "부정") for one in BAD)]:
            lines.append(f"{len(lines)}\t{text} {i}\t{label}")
    return "\n".join(lines) + "\n"


class Finetune(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.data = cls.folder / "reviews.tsv"
        cls.data.write_text(labelled(8), encoding="utf-8")
        cls.daemon = Daemon(options.electrad, cls.folder / "data").start()
        cls.client = Client(options.electra, cls.daemon.address)
        cls.job = cls.submit("--corpus", options.corpus)

    @classmethod
    def tearDownClass(cls):
        if cls.daemon.is_running():
            cls.daemon.end()
        cls.temporary.cleanup()

    @classmethod
    def submit(cls, *arguments):
        job = cls.client.submit(*arguments, settings={"max_steps": 8})
        cls.client.events(job)
        return job

    def finetune(self, job, *arguments):
        run = self.client.run("--json", "finetune", job, "--data", self.data, "--text", "글",
                              "--label", "평가", *arguments)
        return json.loads(run.stdout)

    def refusal(self, data, label):
        run = self.client.run("finetune", self.job, "--data", data, "--text", "글", "--label",
                              label, expect=3)
        return run.stderr

    def shown(self, job, name):
        answer = json.loads(self.client.run("--json", "job", "show", job).stdout)
        return next(one for one in answer["finetunings"] if one["name"] == name)

    def wait(self, job, name, condition):
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            found = self.shown(job, name)
            if condition(found):
                return found
            time.sleep(0.1)
        self.fail(f"{name} stays {self.shown(job, name)}")

    def test_both_models_are_scored_and_the_best_one_loads_in_transformers(self):
        result = self.finetune(self.job, "--seeds", "2", *LEARNING)
        self.assertEqual(result["state"], "SUCCEEDED", result)
        self.assertEqual([(run["seed"], run["model"]) for run in result["runs"]],
                         [(1, "BASE"), (1, "ADAPTED"), (2, "BASE"), (2, "ADAPTED")])
        self.assertEqual((result["row_count"], result["class_count"]), (64, 2))
        for run in result["runs"]:
            self.assertEqual((run["train_row_count"], run["test_row_count"]), (52, 12))
        scores = [run.get("macro_f1", 0) for run in result["runs"] if run["model"] == "ADAPTED"]
        self.assertAlmostEqual(result["adapted"]["macro_f1_mean"], sum(scores) / 2)
        self.assertTrue(0 < max(scores) <= 1, scores)
        for output in (self.client.run("job", "show", self.job).stdout,
                       self.client.run("compare", self.job, self.job).stdout):
            self.assertIn("reviews.tsv:평가", output)

        model = self.folder / "model"
        self.client.run("model", "download", result["name"], model)
        self.check_in_transformers(model)

    def check_in_transformers(self, folder):
        model, info = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder, output_loading_info=True)
        self.assertIsInstance(model, transformers.ElectraForSequenceClassification)
        self.assertFalse(info["missing_keys"] or info["unexpected_keys"], info)
        self.assertEqual(model.config.id2label, {0: "긍정", 1: "부정"})
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        with torch.no_grad():
            logits = model.eval()(**tokenizer([f"{text} 9" for text in GOOD + BAD], padding=True,
                                              return_tensors="pt")).logits
        said = [model.config.id2label[int(label)] for label in logits.argmax(-1)]
        self.assertLessEqual(set(said), {"긍정", "부정"})

    def test_a_restarted_daemon_goes_on_after_the_last_run(self):
        name = self.finetune(self.job, "--seeds", "4", "--detach", *LEARNING)["name"]
        before = self.wait(self.job, name, lambda one: len(one.get("runs", [])) >= 2)["runs"]
        self.daemon.end()
        self.daemon.start()
        after = self.wait(self.job, name, lambda one: one["state"] == "SUCCEEDED")["runs"]
        self.assertEqual(after[:len(before)], before)
        self.assertEqual(len(after), 8)
        self.client.run("finetune", self.job, "--delete", name)

    def test_a_job_goes_first_and_a_cancelled_one_ends(self):
        name = self.finetune(self.job, "--seeds", "20", "--epochs", "100", "--detach")["name"]
        self.wait(self.job, name, lambda one: one["state"] == "RUNNING")
        other = self.submit("--corpus", options.corpus)  # ends
        self.assertNotEqual(self.shown(self.job, name)["state"], "SUCCEEDED")
        self.client.run("finetune", self.job, "--cancel")
        self.assertEqual(self.shown(self.job, name)["state"], "CANCELLED")
        self.client.run("job", "delete", other, "--yes")

    def test_what_cannot_be_trained_on_is_refused(self):
        self.assertIn("has one row", self.refusal(self.data, "번호"))
        self.assertIn('there is no column "별점"', self.refusal(self.data, "별점"))
        one_class = self.folder / "one.tsv"
        one_class.write_text("글\t평가\n가\t긍정\n나\t긍정\n", encoding="utf-8")
        self.assertIn("1 classes", self.refusal(one_class, "평가"))
        self.assertEqual(self.client.run("finetune", self.job, expect=None).returncode, 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("electrad", "electra", "corpus"):
        parser.add_argument(f"--{name}", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
