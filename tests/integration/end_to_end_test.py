"""Starts electrad, runs electra against it, and looks at what comes out and what is stored."""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

OPTIONS = None  # set by main

# Fast enough for a test, long enough for several samples, evaluations and checkpoints.
SETTINGS = {"max_steps": 24, "batch_size": 8, "max_length": 48, "vocab_size": 1500,
            "sample_every": 4, "eval_steps": 10, "save_steps": 6,
            "load_best_model_at_end": "false"}


class Daemon:
    """electrad as a process on a port of the system's choice."""

    def __init__(self, data_dir, *arguments):
        self.data_dir = data_dir
        self.log = open(data_dir / "electrad.log", "a", encoding="utf-8")
        self.process = subprocess.Popen(
            [OPTIONS.electrad, "--data-dir", data_dir, "--listen", "127.0.0.1:0", "--threads", "1",
             *arguments],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError(f"electrad said {line!r}; its log is {self.log.name}")
        self.address = line.split()[-1]

    def stop(self, signal_number=signal.SIGTERM):
        self.process.send_signal(signal_number)
        status = self.process.wait(timeout=120)
        self.process.stdout.close()
        self.log.close()
        return status


def setting_arguments(settings):
    return [argument for key, value in settings.items() for argument in ("--set", f"{key}={value}")]


def parse_view(text):
    """Samples of the Korean view: (tokens, wrong, fakes, caught, table rows)."""
    samples = []
    for line in text.splitlines():
        counts = re.search(r"(\d+)개 토큰 중 (\d+)개 예측 실패 -+ (\d+)개 가짜 토큰 중 (\d+)개 판별", line)
        if counts:
            samples.append([*map(int, counts.groups()), []])
        # position | original | fake | actual | predicted | right
        row = re.match(r"\s*(\d+)\s.*\s([OX])\s*$", line)
        if row and samples:
            samples[-1][-1].append((int(row.group(1)), line.count("fake"), row.group(2)))
    return samples


class EndToEnd(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data_dir = self.folder / "data"
        self.data_dir.mkdir()
        self.daemon = Daemon(self.data_dir)

    def tearDown(self):
        if self.daemon.process.poll() is None:
            self.daemon.stop(signal.SIGKILL)

    def run_client(self, *arguments, expect=0, environment=None):
        result = subprocess.run(
            [OPTIONS.electra, *map(str, arguments)], capture_output=True, text=True, timeout=600,
            encoding="utf-8",
            env={**os.environ, "ELECTRA_SERVER": self.daemon.address, "LANG": "C.UTF-8",
                 **(environment or {})})
        self.assertEqual(result.returncode, expect,
                         f"electra {arguments}: {result.stdout[-2000:]}{result.stderr[-2000:]}")
        return result

    def submit(self, *arguments, settings=SETTINGS):
        result = self.run_client("submit", "--model", "tiny", *arguments,
                                 *setting_arguments(settings))
        return result.stdout.strip().splitlines()[-1]

    def events(self, job):
        lines = self.run_client("watch", job, "--json").stdout.splitlines()
        return [json.loads(line) for line in lines]

    def database(self):
        connection = sqlite3.connect(f"file:{self.data_dir}/electrad.db?mode=ro", uri=True)
        self.addCleanup(connection.close)
        return connection

    def check_history(self, job, total):
        """Every step once, in order; no gap in the events."""
        connection = self.database()
        job_id, state = connection.execute("SELECT id, state FROM jobs WHERE name = ?",
                                           (job.removeprefix("jobs/"),)).fetchone()
        self.assertEqual(state, "SUCCEEDED")
        steps = [row[0] for row in connection.execute(
            "SELECT step FROM step_metrics WHERE job_id = ? ORDER BY step", (job_id,))]
        self.assertEqual(steps, list(range(1, total + 1)))
        sequences = [row[0] for row in connection.execute(
            "SELECT sequence FROM events WHERE job_id = ? ORDER BY sequence", (job_id,))]
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))
        return connection, job_id

    def check_samples(self, job):
        """The view's counts agree with its rows, and with what is stored."""
        view = parse_view(self.run_client("watch", job, "--lang", "ko").stdout)
        connection = self.database()
        stored = connection.execute(
            "SELECT token_count, suspected_count + fake_count - caught_count, fake_count, "
            "caught_count FROM samples JOIN jobs ON jobs.id = job_id WHERE name = ? "
            "ORDER BY samples.step, samples.probe",
            (job.removeprefix("jobs/"),)).fetchall()
        self.assertGreater(len(stored), 0)
        self.assertEqual([tuple(sample[:4]) for sample in view], stored)
        for tokens, wrong, fakes, caught, rows in view:
            suspected = wrong - (fakes - caught)
            self.assertEqual(len(rows), fakes + suspected)
            self.assertEqual(sum(row[2] == "X" for row in rows), wrong)
            self.assertEqual(sum(row[2] == "O" for row in rows), caught)
            # Caught, then missed, then suspected; each by position.
            parts = [rows[:caught], rows[caught:fakes], rows[fakes:]]
            for part in parts:
                positions = [row[0] for row in part]
                self.assertEqual(positions, sorted(positions))
                self.assertTrue(all(0 <= position < tokens for position in positions))

    def test_live_equals_replay_and_all_is_stored(self):
        probe = self.folder / "probe.txt"
        probe.write_text("여름에는 바다에 갑니다.\n", encoding="utf-8")
        result = self.run_client("submit", "--corpus", OPTIONS.corpus, "--model", "tiny", "--name",
                                 "first", "--probe", probe, "--watch", "--json",
                                 *setting_arguments(SETTINGS))
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        job = lines[0]["name"]
        live = [line for line in lines if "sequence" in line]
        self.assertEqual(live, self.events(job))
        self.assertEqual([int(event["sequence"]) for event in live],
                         list(range(1, len(live) + 1)))
        self.assertEqual(live[-1]["state_change"]["to"], "SUCCEEDED")
        losses = [event["step"]["combined_loss"] for event in live if "step" in event]
        self.assertLess(losses[-1], losses[0])
        self.check_history(job, SETTINGS["max_steps"])
        self.check_samples(job)

        described = json.loads(self.run_client("job", "show", job, "--json").stdout)
        self.assertEqual(described["display_name"], "first")
        self.assertTrue(os.path.exists(
            os.path.join(described["model_path"], "discriminator", "model.safetensors")))

    def test_the_real_books(self):
        books = OPTIONS.shared_data / "books_ko.csv"
        vocabulary = OPTIONS.shared_data / "vocab_ko.txt"
        if not books.exists():
            print("the real corpus is not there: only the embedded one was tested", file=sys.stderr)
            return
        job = self.submit("--corpus", books, "--column", "sen", "--vocab", vocabulary,
                          settings={**SETTINGS, "max_steps": 12})
        events = self.events(job)
        prepared = next(event["preparation"] for event in events if "preparation" in event)
        self.assertEqual(int(prepared["sample_count"]), 880)
        self.assertEqual(int(prepared["vocab_size"]), 40000)
        warnings = [event["log"]["text"] for event in events
                    if event.get("log", {}).get("severity") == "WARNING"]
        self.assertTrue(any("twice" in text or "2" in text for text in warnings), warnings)
        self.check_history(job, 12)
        self.check_samples(job)

    def test_a_stopped_daemon_goes_on(self):
        steps = 160  # the job is met before its end, on a busy machine too
        for signal_number, expected in ((signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)):
            with self.subTest(signal=signal_number.name):
                job = self.submit("--corpus", OPTIONS.corpus,
                                  settings={**SETTINGS, "max_steps": steps})
                watcher = subprocess.Popen(
                    [OPTIONS.electra, "--server", self.daemon.address, "watch", job, "--json"],
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8")
                # From here on there is a checkpoint to continue from.
                for line in watcher.stdout:
                    if "checkpoint" in json.loads(line):
                        break
                watcher.kill()
                watcher.communicate()
                self.assertEqual(self.daemon.stop(signal_number), expected)
                self.daemon = Daemon(self.data_dir)
                events = self.events(job)
                self.assertEqual(events[-1]["state_change"]["to"], "SUCCEEDED")
                self.assertTrue(any("RESUMED from step" in event.get("log", {}).get("text", "")
                                    for event in events))
                self.check_history(job, steps)

    def test_what_training_may_be_asked_for(self):
        """Killed and started again, a job with options ends with the best model and its samples."""
        probe = self.folder / "probe.txt"
        probe.write_text("여름에는 바다에 갑니다.\n\n학교에서 책을 읽었습니다.\n", encoding="utf-8")
        options = {"mask_unit": "word", "lr_scheduler_type": "cosine", "layerwise_lr_decay": 0.9,
                   "freeze_layers": 1, "ema_decay": 0.9, "disc_weight_warmup_steps": 5,
                   "load_best_model_at_end": "true"}
        job = self.submit("--corpus", OPTIONS.corpus, "--probe", probe,
                          settings={**SETTINGS, **options})
        watcher = subprocess.Popen(
            [OPTIONS.electra, "--server", self.daemon.address, "watch", job, "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8")
        for line in watcher.stdout:
            if json.loads(line).get("step", {}).get("step") == 9:
                break
        watcher.kill()
        watcher.communicate()
        self.daemon.stop(signal.SIGKILL)
        self.daemon = Daemon(self.data_dir)
        end = self.events(job)[-1]["state_change"]
        self.assertEqual(end["to"], "SUCCEEDED")
        self.assertIn("the model is that of step", end["reason"])

        samples = [json.loads(line) for line in
                   self.run_client("samples", job, "--json").stdout.splitlines()]
        for number, text in (("1", "여름에는바다에갑니다."), ("2", "학교에서책을읽었습니다.")):
            shown = [sample for sample in samples if str(sample["probe"]) == number]
            self.assertEqual([int(sample["step"]) for sample in shown], [0, 4, 8, 12, 16, 20, 24])
            masks = {tuple(token["masked"] for token in sample["tokens"]) for sample in shown}
            self.assertEqual(len(masks), 1)
            self.assertEqual("".join(token["text"] for token in shown[0]["tokens"]), text)
        self.check_history(job, SETTINGS["max_steps"])

        described = json.loads(self.run_client("job", "show", job, "--json").stdout)
        self.assertEqual(described["first_evaluation"]["step"], 0)
        self.assertEqual(described["last_evaluation"]["step"], 24)
        shown = self.run_client("job", "show", job).stdout
        self.assertRegex(shown, r"first_evaluation\s.*step 0.*\n.*last_evaluation\s.*step 24")
        best = pathlib.Path(described["model_path"]).parent / "best"
        self.assertEqual(best.resolve(), pathlib.Path(described["model_path"]).resolve())
        self.assertTrue((best / "discriminator" / "model.safetensors").exists())

    def test_cancel(self):
        job = self.submit("--corpus", OPTIONS.corpus, settings={**SETTINGS, "max_steps": 100000})
        self.run_client("job", "cancel", job)
        watched = self.run_client("watch", job, "--json", expect=1)
        last = json.loads(watched.stdout.splitlines()[-1])
        self.assertEqual(last["state_change"]["to"], "CANCELLED")
        self.run_client("job", "cancel", job, expect=3)

    def test_bad_input_is_one_clear_error(self):
        def corpus(name, content):
            path = self.folder / name
            path.write_bytes(content)
            return path

        good = corpus("good.txt", "가나다 라마\n바사 아자\n".encode() * 20)
        small = {"max_steps": 1, "batch_size": 1}  # with the default model, which is small
        cases = [
            (["--corpus", corpus("empty.txt", b"")], {}, (2, 3), "empty"),
            (["--corpus", corpus("blank.txt", b" \n\n")], {}, (3,), "blank.txt"),
            (["--corpus", corpus("a.csv", b"id,text\n1,x\n"), "--column", "sen"], {}, (2,), "text"),
            (["--corpus", corpus("bad.txt", b"ok\n\xff\xfe\n")], {}, (2,), "line 2"),
            (["--corpus", good, "--vocab", corpus("v.txt", b"")], {}, (2, 3), "empty"),
            (["--corpus", good, "--vocab", corpus("w.txt", b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n")], {},
             (3,), "[MASK]"),
            (["--corpus", good], {"batch_size": 100000}, (3,), "batch_size is 100000"),
            (["--corpus", good], {"batch_size": 4096}, (3,), "4096"),
            (["--corpus", good], {"learning_rate": 5}, (3,), "above 0, at most 1"),
            (["--corpus", good], {"learning_rat": 1e-4}, (3,), "did you mean learning_rate?"),
            (["--corpus", good, "--model", "huge"], {}, (3,), "huge"),
            (["--corpus", self.folder / "missing.txt"], {}, (2,), "missing.txt"),
            (["--corpus", "corpora/0123456789ab"], {}, (3,), "0123456789ab"),
        ]
        for arguments, settings, codes, expected in cases:
            with self.subTest(arguments=arguments, settings=settings):
                result = subprocess.run(
                    [OPTIONS.electra, "submit", *map(str, arguments),
                     *setting_arguments({**small, **settings})],
                    capture_output=True, text=True, encoding="utf-8", timeout=60,
                    env={**os.environ, "ELECTRA_SERVER": self.daemon.address, "LANG": "C.UTF-8"})
                self.assertIn(result.returncode, codes, result.stderr)
                self.assertIn(expected, result.stderr)
                self.assertNotIn("Exception raised", result.stderr)
        self.run_client("watch", "ffffffffffff", expect=3)
        self.run_client("jobs", expect=4, environment={"ELECTRA_SERVER": "127.0.0.1:1"})

        second = subprocess.run([OPTIONS.electrad, "--data-dir", self.data_dir, "--listen",
                                 "127.0.0.1:0"], capture_output=True, text=True, timeout=60)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another electrad", second.stderr)

        # After all that the daemon still works.
        job = self.submit("--corpus", good, settings={"max_steps": 2, "batch_size": 2,
                                                      "vocab_size": 100})
        self.assertEqual(self.events(job)[-1]["state_change"]["to"], "SUCCEEDED")

    def check_listed_names(self):
        """A name that is older than the check of new ones does nothing to a terminal or a sheet."""
        def listed(name, *options):
            with sqlite3.connect(self.data_dir / "electrad.db") as database:
                database.execute("UPDATE tokens SET display_name = ?", (name,))
            lists = subprocess.run(
                [OPTIONS.electrad, "token", "list", "--data-dir", self.data_dir, *options],
                capture_output=True, text=True, timeout=60, check=True)
            return [line.split("\t")[2] for line in lists.stdout.splitlines()]

        for name, shown in (("a\x1b[2J\tb\n", "a\\u001b[2J\\u0009b\\u000a"),
                            ("\x9b31m\x85", "\\u009b31m\\u0085"), ("=1+1", "'=1+1"),
                            ("여름", "여름")):
            self.assertEqual(listed(name), [shown] * 2)
        self.assertEqual(listed("=1+1", "--raw-cells"), ["=1+1"] * 2)
        new = subprocess.run(
            [OPTIONS.electrad, "token", "create", "--data-dir", self.data_dir, "--role", "viewer",
             "--name", "a\x1b[2J"], capture_output=True, text=True, timeout=60)
        self.assertEqual(new.returncode, 1)
        self.assertIn('display_name is "a\\u001b[2J"', new.stderr)

    def test_tokens(self):
        self.assertEqual(self.daemon.stop(), 0)

        def create(role):
            made = subprocess.run(
                [OPTIONS.electrad, "token", "create", "--data-dir", self.data_dir, "--role", role],
                capture_output=True, text=True, timeout=60, check=True)
            return made.stdout.strip()

        admin, viewer = create("admin"), create("viewer")
        self.check_listed_names()
        self.daemon = Daemon(self.data_dir, "--require-tokens")
        refused = self.run_client("jobs", expect=3)
        self.assertIn("electra login", refused.stderr)
        self.run_client("jobs", environment={"ELECTRA_TOKEN": viewer})
        refused = self.run_client("submit", "--corpus", OPTIONS.corpus, expect=3,
                                  environment={"ELECTRA_TOKEN": viewer})
        self.assertIn("needs the role submitter", refused.stderr)

        # While the daemon runs the client does what `electrad token` does without it.
        running = subprocess.run(
            [OPTIONS.electrad, "token", "create", "--data-dir", self.data_dir, "--role", "admin"],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(running.returncode, 1)
        self.assertIn("electra token", running.stderr)
        submitter = self.run_client("token", "create", "--role", "submitter",
                                    environment={"ELECTRA_TOKEN": admin}).stdout.strip()

        home = {"XDG_CONFIG_HOME": str(self.folder / "config")}
        login = subprocess.run(
            [OPTIONS.electra, "--server", self.daemon.address, "login"], input=submitter + "\n",
            capture_output=True, text=True, timeout=60, env={**os.environ, **home})
        self.assertEqual(login.returncode, 0, login.stderr)
        kept = self.folder / "config/electra/credentials.json"
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)
        job = self.run_client("submit", "--model", "tiny", "--corpus", OPTIONS.corpus,
                              *setting_arguments({**SETTINGS, "max_steps": 2}),
                              environment=home).stdout.strip().splitlines()[-1]
        self.run_client("watch", job, environment=home)
        rows = self.database().execute("SELECT method, resource, outcome FROM audits").fetchall()
        self.assertIn(("electra.v1.JobService.SubmitJob", job, "OK"), rows)
        outcomes = {outcome for _, _, outcome in rows}
        self.assertEqual(outcomes, {"OK"})  # a refusal at the gate changes nothing: it is in the log

    def test_lists(self):
        job = self.submit("--corpus", OPTIONS.corpus, "--name", "여름 책",
                          settings={**SETTINGS, "max_steps": 2})
        self.events(job)
        for command in (["jobs"], ["corpus", "list"], ["model", "list"], ["status"],
                        ["hyperparameters"], ["job", "show", job], ["metrics", job], ["samples", job]):
            with self.subTest(command=command):
                self.run_client(*command)
                for line in self.run_client(*command, "--json").stdout.splitlines():
                    json.loads(line)
        self.assertIn("여름 책", self.run_client("jobs").stdout)
        readme = (OPTIONS.corpus.parents[2] / "core/README.md").read_text(encoding="utf-8")
        for line in self.run_client("hyperparameters", "--json").stdout.splitlines():
            known = json.loads(line)
            for entry in known.get("hyperparameters", [known]):
                row = re.search(rf"^\| `{entry['key']}`.*$", readme, re.MULTILINE)
                self.assertIsNotNone(row, f"core/README.md lacks {entry['key']}")
                for text in (entry["default_value"], entry["accepted"], entry["description"]):
                    self.assertIn(text, row.group(0))


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--electra", required=True)
    parser.add_argument("--corpus", required=True, type=pathlib.Path)
    parser.add_argument("--shared-data", required=True, type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], "-v", *rest])


if __name__ == "__main__":
    main()
