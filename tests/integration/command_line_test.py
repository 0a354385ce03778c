"""The manners of the command line: dry runs beside the jobs that follow, sweeps, contexts, and
completion in bash, zsh and fish themselves."""
import argparse
import csv
import gzip
import json
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import rig

OPTIONS = None  # set by main

SETTINGS = {"batch_size": 8, "max_length": 48, "vocab_size": 1000, "sample_every": 0,
            "eval_steps": 0, "save_steps": 0}
PAIRS = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]


def facts(result):
    return dict(line.split("\t", 1) for line in result.stdout.splitlines())


class Shell:
    """A shell on a terminal of its own, as a user sits in front of it."""

    def __init__(self, arguments, environment):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execvpe(arguments[0], arguments, environment)
        self.seen = ""

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, pattern, timeout=30):
        """The screen, once it holds the pattern."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.seen):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.terminal], [], [], left)[0]:
                raise AssertionError(f"no {pattern!r} in {self.seen!r}")
            try:
                self.seen += os.read(self.terminal, 65536).decode("utf-8", "replace")
            except OSError as error:
                raise AssertionError(f"the shell left before {pattern!r}: {self.seen!r}") from error
        seen, self.seen = self.seen, ""
        return seen

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-command-line-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        (cls.folder / "data").mkdir()
        cls.daemon = rig.Daemon(OPTIONS.electrad, cls.folder / "data").start()
        cls.addClassCleanup(cls.daemon.end)
        cls.client = rig.Client(OPTIONS.electra, cls.daemon.address)
        # The home of a user without any files.
        home = cls.folder / "home"
        home.mkdir()
        tools = cls.folder / "bin"
        tools.mkdir()
        (tools / "electra").symlink_to(pathlib.Path(OPTIONS.electra).resolve())
        sanitizers = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
        cls.environment = {**sanitizers, "HOME": str(home), "PATH": f"{tools}:{os.environ['PATH']}",
                           "LANG": "C.UTF-8", "TERM": "dumb", "ELECTRA_SERVER": cls.daemon.address}
        cls.client.environment = {**cls.client.environment, "HOME": str(home)}
        # One job that has ended: a speed, a corpus, and something to complete.
        cls.job = cls.client.run("submit", "--corpus", OPTIONS.corpus, "--model", "tiny", "--name",
                                 "first", *PAIRS, "--set", "max_steps=6").stdout.strip()
        cls.events = cls.client.events(cls.job)

    def estimate(self, *arguments):
        return json.loads(self.client.run("--json", "submit", "--dry-run", *arguments).stdout)

    def test_a_dry_run_says_what_the_job_is_then(self):
        estimate = self.estimate("--corpus", OPTIONS.corpus, "--model", "tiny", *PAIRS, "--set",
                                 "max_steps=6")
        prepared = next(event["preparation"] for event in self.events if "preparation" in event)
        for key in ("sample_count", "sequence_count", "token_count", "unknown_token_count",
                    "vocab_size", "train_sequence_count", "validation_sequence_count",
                    "total_steps", "parameter_count", "device"):
            self.assertEqual(estimate[key], prepared[key], key)
        self.assertEqual(estimate["speed_source"], "SPEED_SOURCE_SAME_MODEL")
        self.assertEqual(estimate["speed_job"], self.job)
        self.assertGreater(estimate["seconds"], 0)
        self.assertGreater(int(estimate["memory_bytes"]), 16 * int(estimate["parameter_count"]))

    def test_a_large_file_is_estimated_from_its_beginning(self):
        lines = pathlib.Path(OPTIONS.corpus).read_text(encoding="utf-8").splitlines()
        large = self.folder / "large.csv"
        with open(large, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "text"])
            for i in range(60000):
                writer.writerow([i, lines[i % len(lines)]])
        self.assertGreater(large.stat().st_size, 4 << 20)
        packed = self.folder / "large.csv.gz"
        packed.write_bytes(gzip.compress(large.read_bytes(), 1))
        for path in (large, packed):
            with self.subTest(path=path.name):
                estimate = self.estimate("--corpus", path, "--column", "text", "--model", "tiny",
                                         *PAIRS)
                self.assertAlmostEqual(int(estimate["sample_count"]) / 60000, 1, delta=0.05)
        corpora = self.client.run("corpus", "list").stdout.splitlines()
        self.assertEqual(len(corpora), 1)  # nothing was stored

    def test_a_sweep_is_a_group(self):
        before = len(self.client.run("jobs").stdout.splitlines())
        result = self.client.run("submit", "--corpus", OPTIONS.corpus, "--model", "tiny", "--name",
                                 "books", *PAIRS, "--set", "max_steps=2", "--sweep",
                                 "learning_rate=1e-5,1e-4", "--sweep", "seed=1,2")
        jobs = result.stdout.split()
        self.assertEqual(len(jobs), 4)
        self.assertRegex(result.stderr, r"4 jobs are queued as sweep=[0-9a-f]{8}")
        shown = [json.loads(self.client.run("--json", "job", "show", job).stdout) for job in jobs]
        self.assertEqual([job["display_name"] for job in shown],
                         [f"books learning_rate={rate} seed={seed}"
                          for rate in ("1e-5", "1e-4") for seed in (1, 2)])
        self.assertEqual([job["hyperparameters"]["seed"] for job in shown], [1, 2, 1, 2])
        for job in jobs:
            self.client.events(job)
        # One of them is wrong: none is queued.
        self.client.run("submit", "--corpus", OPTIONS.corpus, "--sweep", "learning_rate=1e-5,7",
                        expect=3)
        self.assertEqual(len(self.client.run("jobs").stdout.splitlines()), before + 4)

    def test_what_init_writes_validates_and_runs(self):
        path = self.folder / "job.yaml"
        self.client.run("config", "init", "--model", "tiny", "--output", path)
        known = [json.loads(line) for line in
                 self.client.run("--json", "hyperparameters").stdout.splitlines()]
        text = path.read_text(encoding="utf-8")
        for one in known:
            self.assertRegex(text, rf"(?m)^  # {one['key']}: \S", one["key"])
        text = text.replace("corpus: books.csv", f"corpus: {OPTIONS.corpus.resolve()}")
        for key, value in {**SETTINGS, "max_steps": 2}.items():
            text, count = re.subn(rf"(?m)^  # {key}: .*$", f"  {key}: {value}", text)
            self.assertEqual(count, 1, key)
        path.write_text(text, encoding="utf-8")
        self.assertIn("no problems found", self.client.run("config", "validate", path).stdout)
        self.client.run("submit", "--config", path, "--watch")
        path.write_text(text.replace("max_steps:", "max_stepz:"), encoding="utf-8")
        refused = self.client.run("config", "validate", path, expect=2)
        line = text.splitlines().index("  max_steps: 2") + 1
        self.assertIn(f"job.yaml:{line}: ", refused.stdout)
        self.assertIn("did you mean max_steps?", refused.stdout)

    def test_every_hyperparameter_has_a_korean_text(self):
        for one in self.client.run("--json", "hyperparameters").stdout.splitlines():
            key = json.loads(one)["key"]
            shown = facts(self.client.run("config", "explain", key, "--lang", "ko"))
            self.assertRegex(shown["meaning"], "[가-힣]", key)

    def test_contexts_reach_their_server(self):
        environment = {**self.environment}
        del environment["ELECTRA_SERVER"]

        def run(*arguments, expect=0):
            result = subprocess.run(["electra", *arguments], capture_output=True, text=True,
                                    env=environment, timeout=60)
            self.assertEqual(result.returncode, expect, result.stderr)
            return result

        run("context", "add", "dead", "--server", "127.0.0.1:1")
        run("context", "add", "gpu1", "--server", self.daemon.address, "--lang", "ko")
        run("status", expect=4)
        run("--context", "gpu1", "status")
        run("context", "use", "gpu1")
        run("status")
        self.assertIn("혹시 watch인가요?", run("wacth", expect=2).stderr)
        run("context", "remove", "dead")
        run("context", "remove", "gpu1")

    def test_the_manual_page_is_one_in_each_language(self):
        for language, said in (("en", "Upload a corpus and queue a training job"),
                               ("ko", "말뭉치를 보내고 서버에 학습 작업을 제출합니다")):
            page = self.client.run("man", "--lang", language).stdout
            groff = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z"], input=page,
                                   capture_output=True, text=True, timeout=60)
            self.assertEqual((groff.returncode, groff.stderr), (0, ""))
            shown = subprocess.run(["man", "-l", "-"], input=page, capture_output=True, text=True,
                                   timeout=60,
                                   env={**os.environ, "MANWIDTH": "80", "LANG": "C.UTF-8"})
            self.assertEqual(shown.returncode, 0, shown.stderr)
            text = re.sub(".\b", "", shown.stdout)
            self.assertIn("--dry-run", text)
            self.assertIn("electra context add gpu1 --server gpu1:50551", text)
            self.assertIn(said, text)

    def test_jobs_are_found_by_their_names(self):
        names = ['a" OR state=SUCCEEDED', "back\\slash", "*", "책 (1) AND NOT x", "abcdefabcdef"]
        jobs = {}
        for name in [*names, "twice", "twice"]:
            jobs.setdefault(name, []).append(self.client.submit(
                "--corpus", OPTIONS.corpus, "--name", name, settings={"max_steps": 1}))
        for name in names:
            with self.subTest(name=name):
                shown = json.loads(self.client.run("job", "show", name, "--json").stdout)
                self.assertEqual([shown["name"]], jobs[name])
                self.client.run("job", "tag", name, "found=yes")
        several = self.client.run("watch", "twice", expect=2).stderr
        for job in jobs["twice"]:
            self.assertIn(job.removeprefix("jobs/"), several)
        self.client.run("job", "show", "no such name", expect=3)
        tagged = self.client.run("history", "--filter", "tags.found=yes", "--json").stdout
        self.assertEqual({json.loads(line)["display_name"] for line in tagged.splitlines()},
                         set(names))
        for job in sum(jobs.values(), []):
            self.client.events(job)

    def test_corpora_go_only_when_somebody_says_so(self):
        text = self.folder / "other.txt"
        text.write_text("\n".join(f"문장 {i} 번입니다" for i in range(400)), encoding="utf-8")
        job = self.client.submit("--corpus", text, settings={"max_steps": 1})
        self.client.events(job)
        corpus = json.loads(self.client.run("job", "show", job, "--json").stdout)["corpus"]
        refused = self.client.run("corpus", "delete", corpus, expect=2).stderr
        self.assertIn("cannot ask for confirmation", refused)
        shell = Shell(["electra", "corpus", "delete", corpus], self.environment)
        question = shell.wait_for(r"\[y/N\] ")
        self.assertIn(job.removeprefix("jobs/"), question)
        self.assertIn("other.txt", question)
        shell.type("n\r")
        shell.wait_for("was not deleted")
        shell.close()
        self.client.run("corpus", "delete", "--yes", corpus)
        self.client.run("corpus", "delete", "--yes", corpus, expect=3)

    def check_shell(self, shell, tab="\t"):
        """Words grow as a user would want them to."""
        name = self.job.removeprefix("jobs/")
        for typed, expected in (("electra compl", "electra completion "),
                                ("electra submit --dry", "electra submit --dry-run"),
                                (f"electra watch {name[:10]}", f"electra watch {name}"),
                                ("electra job del", "electra job delete "),
                                ("electra submit --set mask_u", "electra submit --set mask_unit="),
                                ("electra submit --set mask_unit=sp",
                                 "electra submit --set mask_unit=span"),
                                ("electra config validate only_o",
                                 "electra config validate only_one.yaml")):
            with self.subTest(typed=typed):
                shell.type(typed + tab)
                shell.wait_for(re.escape(expected))
                shell.type("\x15")  # the line is gone
        shell.type("exit\r")
        shell.close()

    def working_folder(self):
        folder = self.folder / "work"
        folder.mkdir(exist_ok=True)
        (folder / "only_one.yaml").write_text("corpus: a\n")
        return folder

    def test_bash_completes(self):
        script = self.folder / "completion.bash"
        script.write_text(self.client.run("completion", "bash").stdout)
        rc = self.folder / "bashrc"
        rc.write_text(f"PS1='ready> '\ncd {self.working_folder()}\nsource {script}\n"
                      "bind 'set bell-style none'\nbind 'set enable-bracketed-paste off'\n")
        shell = Shell(["bash", "--noprofile", "--rcfile", str(rc), "-i"], self.environment)
        shell.wait_for("ready> ")
        self.check_shell(shell)

    def test_zsh_completes(self):
        script = self.folder / "completion.zsh"
        script.write_text(self.client.run("completion", "zsh").stdout)
        configuration = self.folder / "zsh"
        configuration.mkdir()
        (configuration / ".zshrc").write_text(
            f"PS1='ready> '\nunsetopt zle_bracketed_paste\nunset zle_bracketed_paste\n"
            f"autoload -Uz compinit && compinit -u -d {configuration}/dump\n"
            f"setopt no_beep\ncd {self.working_folder()}\nsource {script}\n")
        shell = Shell(["zsh", "-o", "no_global_rcs", "-i"],
                      {**self.environment, "ZDOTDIR": str(configuration)})
        shell.wait_for("ready> ")
        self.check_shell(shell)

    def test_fish_completes(self):
        script = self.folder / "completion.fish"
        script.write_text(self.client.run("completion", "fish").stdout)
        name = self.job.removeprefix("jobs/")
        for typed, expected in (("electra compl", "completion"),
                                ("electra submit --dry", "--dry-run"),
                                (f"electra watch {name[:6]}", name),
                                ("electra submit --set mask_u", "mask_unit="),
                                ("electra submit --set mask_unit=sp", "mask_unit=span"),
                                ("electra config validate only_o", "only_one.yaml")):
            with self.subTest(typed=typed):
                result = subprocess.run(
                    ["fish", "--no-config", "-c", f"source {script}; complete -C '{typed}'"],
                    capture_output=True, text=True, timeout=60, env=self.environment,
                    cwd=self.working_folder())
                words = [line.split("\t")[0] for line in result.stdout.splitlines()]
                self.assertIn(expected, words, result.stderr)
        described = subprocess.run(
            ["fish", "--no-config", "-c", f"source {script}; complete -C 'electra watch {name}'"],
            capture_output=True, text=True, timeout=60, env=self.environment)
        self.assertIn(f"{name}\tsucceeded first", described.stdout)


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--electra", required=True)
    parser.add_argument("--corpus", required=True, type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], "-v", *rest])


if __name__ == "__main__":
    main()
