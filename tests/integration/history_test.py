"""The history of two runs, asked by the real client of the real daemon.

    history_test.py --electrad ... --electra ... --corpus computing_ko.txt
"""
import argparse
import json
import pathlib
import pty
import os
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from rig import Client, Daemon  # noqa: E402

options = None
PROBE = "학교에서 책을 읽었습니다."


class History(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.folder.name)
        probe = folder / "probe.txt"
        probe.write_text(PROBE + "\n", encoding="utf-8")
        cls.daemon = Daemon(options.electrad, folder / "data").start()
        cls.client = Client(options.electra, cls.daemon.address)
        cls.jobs = []
        for name, rate in (("slow books", 1e-4), ("fast books", 5e-3)):
            job = cls.client.submit("--corpus", options.corpus, "--probe", probe, "--name", name,
                                    settings={"learning_rate": rate})
            cls.jobs.append(job.removeprefix("jobs/"))
        for job in cls.jobs:
            cls.client.events(job)  # to its end

    @classmethod
    def tearDownClass(cls):
        cls.daemon.end()
        cls.folder.cleanup()

    def lines(self, *arguments):
        return self.client.run(*arguments).stdout.splitlines()

    def names(self, *arguments):
        return [line.split("\t")[0] for line in self.lines("history", *arguments)]

    def test_runs_are_found_by_what_they_are(self):
        slow, fast = self.jobs
        self.lines("job", "tag", slow, "sweep=lr", "owner=kim")
        self.lines("job", "tag", fast[:6], "sweep=lr", "draft=")
        self.assertEqual(self.names(), [fast, slow])
        self.assertEqual(self.names("--filter", "tags.sweep=lr", "--sort", "created"), [slow, fast])
        self.assertEqual(self.names("--filter", "hyperparameters.learning_rate>1e-3"), [fast])
        self.assertEqual(self.names("--filter", "state=SUCCEEDED AND -tags:draft"), [slow])
        self.assertEqual(self.names("--filter", "name:SLOW AND created>2020-01-01"), [slow])
        best = {job: json.loads(self.lines("job", "show", job, "--json")[0])["best_evaluation"]
                for job in self.jobs}
        order = sorted(self.jobs, key=lambda job: best[job]["combined_loss"])
        self.assertEqual(self.names("--sort", "eval_loss"), order)
        bound = best[order[1]]["combined_loss"]
        self.assertEqual(self.names("--filter", f"eval_loss<{bound!r}"), order[:1])
        fields = self.lines("history", "--sort", "eval_loss", "--limit", "1")[0].split("\t")
        self.assertEqual(fields[3:6], ["tiny", pathlib.Path(options.corpus).name, "40/40"])
        wrong = self.client.run("history", "--filter", "stat=X", expect=3)
        self.assertIn('filter:1:1: there is no field "stat": did you mean "state"?', wrong.stderr)
        self.lines("job", "tag", fast, "draft-")
        self.assertEqual(self.lines("job", "tag", fast), [f"jobs/{fast} has the tags sweep=lr"])

    def test_metrics_are_thinned_by_the_server(self):
        every = [line.split("\t") for line in self.lines("metrics", self.jobs[0])]
        self.assertEqual([row[0] for row in every], [str(step) for step in range(1, 41)])
        some = [line.split("\t") for line in self.lines("metrics", self.jobs[0], "--downsample", 10)]
        self.assertLessEqual(len(some), 10)
        self.assertTrue(all(row in every for row in some))
        losses = [float(row[2]) for row in every]
        kept = [float(row[2]) for row in some]
        self.assertEqual((min(kept), max(kept)), (min(losses), max(losses)))
        plot = self.client.run("metrics", self.jobs[0], "--plot").stdout
        self.assertTrue(any("\u2800" < c <= "\u28ff" for c in plot), plot)

    def test_samples_are_chosen_by_step_and_verdict(self):
        def samples(*arguments):
            return [json.loads(line) for line in
                    self.lines("samples", self.jobs[0], "--json", *arguments)]
        everything = samples()
        self.assertEqual({int(s["step"]) for s in samples("--step", "4..12")}, {4, 8, 12})
        missed = samples("--missed")
        self.assertEqual(missed, [s for s in everything if s["fake_count"] > s["caught_count"]])
        self.assertEqual(samples("--suspected"),
                         [s for s in everything if s["suspected_count"] > 0])

    def test_runs_are_compared(self):
        comparison = json.loads(self.lines("compare", *self.jobs, "--json")[0])
        self.assertEqual(comparison["differing"], {"learning_rate": ["0.0001", "0.005"]})
        for run in comparison["runs"]:
            self.assertEqual(len(run["steps"]), 40)
            self.assertEqual([int(probe["step"]) for probe in run["probes"]], [40])
        text = self.client.run("compare", *self.jobs).stdout
        self.assertIn("learning_rate  0.0001  0.005\n", text)
        self.assertIn(PROBE, text)

    def test_notes_and_names(self):
        job = self.jobs[1]
        self.lines("job", "note", job, "낱말 단위로 가린다")
        self.assertEqual(self.lines("job", "note", job), ["낱말 단위로 가린다"])
        self.lines("job", "rename", job, "fast books")
        self.assertIn("note\t낱말 단위로 가린다", self.lines("job", "show", job))

    def test_z_a_job_is_deleted_after_a_question(self):
        job = self.jobs[0]
        refused = self.client.run("job", "delete", job, expect=2)  # nobody to ask
        self.assertIn("--yes", refused.stderr)
        asking, answering = pty.openpty()
        question = self.client.spawn("job", "delete", job, stdin=answering, stdout=-1, stderr=-1)
        os.write(asking, b"n\n")
        out, err = question.communicate(timeout=60)
        self.assertEqual((question.returncode, out), (0, f"jobs/{job} was not deleted.\n"), err)
        os.close(asking)
        os.close(answering)
        folder = self.daemon.data_dir / "jobs" / job
        self.assertTrue(folder.is_dir())
        self.assertEqual(self.lines("job", "delete", "--yes", job[:8]), [f"jobs/{job} is deleted."])
        self.assertFalse(folder.exists())
        self.client.run("job", "show", job, expect=3)
        for table in ("events", "step_metrics", "evaluations", "samples", "job_tags"):
            self.assertEqual(
                self.daemon.rows(f"SELECT count(*) FROM {table} WHERE job_id NOT IN "
                                 "(SELECT id FROM jobs)"), [(0,)], table)
        self.assertEqual(self.names(), [self.jobs[1]])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("--electrad", "--electra", "--corpus"):
        parser.add_argument(name, required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
