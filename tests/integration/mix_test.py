"""Jobs of several corpora and their evaluations, from the command line to the exports.

    mix_test.py --electrad ... --electra ... --corpus computing_ko.txt
"""
import argparse
import csv
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from rig import Client, Daemon, Watch, weights  # noqa: E402

options = None


class Mix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        lines = pathlib.Path(options.corpus).read_text(encoding="utf-8").splitlines()
        cls.books = cls.folder / "books.csv"
        with open(cls.books, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["text"], *([line] for line in lines[:250])])
        cls.general = cls.folder / "general.txt"
        cls.general.write_text("\n".join(lines[250:350]) + "\n", encoding="utf-8")
        cls.held_out = cls.folder / "held_out.txt"
        cls.held_out.write_text("\n".join(lines[350:]) + "\n", encoding="utf-8")
        cls.daemon = Daemon(options.electrad, cls.folder / "data").start()
        cls.client = Client(options.electra, cls.daemon.address)
        cls.arguments = ["--corpus", f"{cls.books}:text", "--corpus", cls.general,
                         "--mix", "0.75,0.25", "--eval-corpus", f"general={cls.held_out}"]

    @classmethod
    def tearDownClass(cls):
        if cls.daemon.is_running():
            cls.daemon.end()
        cls.temporary.cleanup()

    def show(self, job):
        return json.loads(self.client.run("job", "show", job, "--json").stdout)

    def test_a_mix_is_trained_evaluated_and_shown(self):
        job = self.client.submit(*self.arguments, settings={
            "load_best_model_at_end": "true", "metric_for_best_model": "general.loss"})
        events = self.client.events(job)
        evaluations = [event["evaluation"] for event in events if "evaluation" in event]
        self.assertEqual([one["eval_corpora"][0]["eval_corpus"] for one in evaluations],
                         ["general"] * len(evaluations))
        shown = self.show(job)
        self.assertEqual([one["share"] for one in shown["mix"]], [0.75, 0.25])
        self.assertEqual([one["corpus_display_name"] for one in shown["mix"]],
                         ["books.csv", "general.txt"])
        self.assertEqual(shown["eval_corpora"][0]["name"], "general")
        best = min(evaluations, key=lambda one: one["eval_corpora"][0]["combined_loss"])
        self.assertEqual(shown["best_evaluation"].get("step", "0"), best.get("step", "0"))
        self.assertEqual(shown.get("model_step", "0"), best.get("step", "0"))
        self.client.run("model", "download", job, self.folder / "mixed")
        card = (self.folder / "mixed/discriminator/README.md").read_text(encoding="utf-8")
        self.assertIn("| Mixed | `books.csv`, 75% of the tokens, 250 samples, SHA-256 ", card)
        self.assertIn("| Evaluated as `general` | `held_out.txt`, ", card)
        text = self.client.run("job", "show", job).stdout
        self.assertIn("vocabulary\ttrained from the corpus", text)
        self.assertIn("books.csv 0.75, general.txt 0.25", text)
        self.assertIn("general=held_out.txt", text)
        self.assertIn("general: ", self.client.run("watch", job).stdout)
        other = self.client.submit(*self.arguments, settings={"max_steps": 4})
        self.client.events(other)
        self.assertIn("general: ", self.client.run("compare", job, other).stdout)
        self.client.run("export", job, self.folder / "csv", "--format", "csv")
        with open(self.folder / "csv" / "evaluations.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["eval_corpus"] for row in rows],
                         ["", "general"] * len(evaluations))
        refused = self.client.run("corpus", "delete", shown["eval_corpora"][0]["corpus"], "--yes",
                                  expect=None)
        self.assertEqual(refused.returncode, 0, refused.stderr)  # the job has ended

    def test_a_corpus_of_a_waiting_job_is_not_deleted(self):
        running = self.client.submit("--corpus", self.general, settings={"max_steps": 100000})
        waiting = self.client.submit(*self.arguments)
        corpus = self.show(waiting)["mix"][1]["corpus"]
        refused = self.client.run("corpus", "delete", corpus, "--yes", expect=None)
        self.assertNotEqual(refused.returncode, 0)
        for job in (waiting, running):
            self.client.run("job", "cancel", job)
        self.client.events(running)

    def test_a_mix_goes_on_as_if_nothing_had_happened(self):
        whole = self.client.submit(*self.arguments)
        self.client.events(whole)
        job = self.client.submit(*self.arguments)
        watch = Watch(self.client, job)
        watch.wait_for_step(10)
        self.daemon.end()  # a kill
        self.daemon.start()
        watch.end()
        self.assertEqual(weights(self.daemon, job), weights(self.daemon, whole))

    def test_what_cannot_be_is_refused_before_anything_is_sent(self):
        refused = self.client.run("submit", *self.arguments, "--set",
                                  "metric_for_best_model=domain.loss", expect=None)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("the job has general", refused.stderr)

    def test_a_dry_run_counts_all(self):
        estimate = json.loads(self.client.run("submit", *self.arguments, "--model", "tiny",
                                              "--dry-run", "--json").stdout)
        self.assertEqual(int(estimate["sample_count"]), 350)
        self.assertEqual([one.get("name", "") for one in estimate["corpora"]], ["", "general"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("electrad", "electra", "corpus"):
        parser.add_argument(f"--{name}", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
