"""The live views of electra in a real terminal: tmux, a shell, a daemon that trains."""
import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unicodedata
import unittest

from rig import Client, Daemon, free_port

OPTIONS = None  # set by main
ROOT = pathlib.Path(__file__).resolve().parents[2]

# Goes on for as long as a test looks at it.
ENDLESS = {"max_steps": 1_000_000, "batch_size": 4, "max_length": 32, "vocab_size": 1000,
           "sample_every": 25, "eval_steps": 100, "save_steps": 5}
SHORT = {**ENDLESS, "max_steps": 30, "sample_every": 10, "eval_steps": 10}
DEADLINE = 90  # seconds: until something that must come has come
BRAILLE = re.compile("[\u2801-\u28ff]")


def cells(text):
    """How wide a terminal shows letters and syllables."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Terminal:
    """A shell in a tmux of its own. Nobody is attached to it; its window has the size it is given."""

    def __init__(self, folder, environment, columns, rows):
        self.command = ["tmux", "-u", "-f", "/dev/null", "-S", str(folder / "tmux")]
        environment = {**os.environ, **environment, "PS1": "$ ", "LANG": "C.UTF-8",
                       "LC_ALL": "C.UTF-8"}
        environment.pop("TMUX", None)
        environment.pop("NO_COLOR", None)
        self.environment = environment
        self.tmux("set-option", "-g", "history-limit", "100000", ";", "new-session", "-d",
                  "-x", str(columns), "-y", str(rows), "bash", "--noprofile", "--norc")
        self.wait_for(lambda: self.screen().startswith("$"), "the shell")

    def tmux(self, *arguments):
        return subprocess.run([*self.command, *arguments], env=self.environment, check=True,
                              capture_output=True, text=True, encoding="utf-8", timeout=60).stdout

    def close(self):
        subprocess.run([*self.command, "kill-server"], env=self.environment, check=False,
                       capture_output=True, timeout=60)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def run(self, command):
        self.type(command)
        self.press("Enter")

    def press(self, key):
        self.tmux("send-keys", key)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self):
        """What is seen, without blanks at the ends of lines."""
        return self.tmux("capture-pane", "-p")

    def history(self):
        """What is seen and what scrolled away; wrapped lines joined."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-")

    def flag(self, name):
        return self.tmux("display-message", "-p", f"#{{{name}}}").strip()

    def wait_for(self, condition, what):
        end = time.monotonic() + DEADLINE
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not come; the screen:\n{self.screen()}")
            time.sleep(0.05)

    def wait_for_text(self, text):
        self.wait_for(lambda: text in self.screen(), repr(text))

    def wait_for_prompt(self):
        self.wait_for(lambda: self.screen().rstrip().endswith("\n$"), "the prompt")

    def result(self, command):
        """What a command of the shell prints."""
        self.run(f"clear; {command}; echo END")
        self.wait_for(lambda: "END" in self.screen().splitlines(), "END")
        return self.screen()


class TerminalTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        data_dir = self.folder / "data"
        data_dir.mkdir()
        self.daemon = Daemon(OPTIONS.electrad, data_dir).start()
        self.addCleanup(self.end_daemon)
        self.client = Client(OPTIONS.electra, self.daemon.address)

    def end_daemon(self):
        if self.daemon.is_running():
            self.daemon.end(signal.SIGKILL)

    def refuse_connections(self, count):
        """Listens instead of the daemon that is gone, until somebody has tried this often."""
        host, port = self.daemon.address.split(":")
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, int(port)))
            listener.listen()
            listener.settimeout(DEADLINE)
            for _ in range(count):
                listener.accept()[0].close()

    def open_terminal(self, columns, rows):
        path = f"{OPTIONS.electra.resolve().parent}:{os.environ['PATH']}"
        terminal = Terminal(self.folder, {"ELECTRA_SERVER": self.daemon.address, "PATH": path},
                            columns, rows)
        self.addCleanup(terminal.close)
        return terminal

    def submit(self, settings, name="books"):
        return self.client.submit("--corpus", OPTIONS.corpus, "--name", name, settings=settings)

    def watch_live(self, columns=100, rows=40):
        terminal = self.open_terminal(columns, rows)
        return terminal, self.watch_endless(terminal)

    def watch_endless(self, terminal):
        job = self.submit(ENDLESS)
        terminal.run(f"clear; electra watch {job}")
        terminal.wait_for(lambda: self.has_curves(terminal), "curves")
        return job

    @staticmethod
    def has_curves(terminal):
        """In the rows, which begin with the last line that is a rule from side to side."""
        rows = re.split(r"^-+$", terminal.screen(), flags=re.MULTILINE)[-1]
        return "Combined" in rows and len(BRAILLE.findall(rows)) > 40

    @staticmethod
    def step(terminal):
        steps = re.findall(r"% · step ([\d,]+)/", terminal.screen())
        return int(steps[-1].replace(",", "")) if steps else 0

    def wait_for_steps(self, terminal, more=20):
        wanted = self.step(terminal) + more
        terminal.wait_for(lambda: self.step(terminal) >= wanted, f"step {wanted}")

    def check_terminal_is_as_before(self, terminal):
        self.assertEqual(terminal.flag("cursor_flag"), "1")
        self.assertEqual(terminal.flag("wrap_flag"), "1")
        # The shell sets modes of its own while it reads; this is what it gives to programs.
        modes = terminal.result("stty -a").split()
        self.assertIn("icanon", modes)
        self.assertIn("echo", modes)

    def state(self, job):
        return json.loads(self.client.run("job", "show", job, "--json").stdout)["state"]

    def check_left_running(self, terminal, job):
        terminal.wait_for_prompt()
        # As a person reads it: a message may be longer than a line.
        text = terminal.history()
        identifier = job.removeprefix("jobs/")
        self.assertIn(f"{job} goes on without a watcher.", text)
        self.assertIn(f"cancel it:  electra job cancel {identifier}", text)
        # The last state stays, without what belongs to the watching.
        self.assertTrue(BRAILLE.search(text))
        self.assertNotIn("q: leave", text)
        terminal.run("echo status $?")
        terminal.wait_for_text("status 130")
        self.assertEqual(self.state(job), "RUNNING")
        self.check_terminal_is_as_before(terminal)

    def test_q_leaves_the_job_running(self):
        terminal, job = self.watch_live()
        self.assertEqual(terminal.flag("cursor_flag"), "0")
        terminal.type("x")  # means nothing, and is not shown
        terminal.type("q")
        self.check_left_running(terminal, job)

    def test_ctrl_c_leaves_the_job_running(self):
        terminal, job = self.watch_live(columns=80, rows=24)
        terminal.press("C-c")
        self.check_left_running(terminal, job)

    def test_a_window_that_changes_its_size(self):
        terminal, _ = self.watch_live()
        for columns, rows in ((60, 24), (140, 50), (80, 12), (79, 30), (200, 60), (60, 60)):
            with self.subTest(columns=columns, rows=rows):
                terminal.resize(columns, rows)
                rule = "-" * (columns - 1)
                terminal.wait_for(lambda: rule in terminal.screen().splitlines(), "the rule")
                self.wait_for_steps(terminal)
                lines = terminal.screen().rstrip("\n").splitlines()
                # The rows appear once, even in what scrolled away, and the samples are above them.
                self.assertEqual(lines.count(rule), 1)
                self.assertEqual(terminal.history().count("q: leave"), 1)
                self.assertEqual(terminal.history().count("% · step "), 1)
                self.assertLess(len(lines) - lines.index(rule), max(rows // 2 + 2, 6))
                if rows >= 24:
                    self.assertTrue(self.has_curves(terminal))
        terminal.press("C-c")
        terminal.wait_for_prompt()
        headings = re.findall(r"result of step (\d+)", terminal.history())
        self.assertGreater(len(headings), 3)
        self.assertEqual(len(headings), len(set(headings)))

    def test_a_lost_server_and_its_return(self):
        terminal = self.open_terminal(100, 40)
        settings = " ".join(f"{key}={value}" for key, value in ENDLESS.items())
        # From the first event on, so that the log has everything.
        terminal.run(f"electra submit --corpus {OPTIONS.corpus} --model tiny --set {settings} "
                     "--watch")
        terminal.wait_for(lambda: self.step(terminal) > 60, "step 60")
        before = self.step(terminal)
        self.daemon.end(signal.SIGKILL)
        terminal.wait_for_text(f"trying to reach {self.daemon.address} again")
        screen = terminal.screen()
        self.assertRegex(screen, r"connection lost at step [\d,]+ ")
        for old in ("connected to", " left", "tokens/s"):
            self.assertNotIn(old, screen)
        self.refuse_connections(8)
        self.daemon.start()
        terminal.wait_for_text(f"connected to {self.daemon.address}")
        terminal.wait_for(lambda: self.step(terminal) > before + 60, "later steps")
        self.assertNotIn("connection lost", terminal.history())
        terminal.type("q")
        terminal.wait_for_prompt()
        text = terminal.history()
        (last,), = {tuple(re.findall(r"--after (\d+)", text))}
        job, = set(re.findall(r"jobs/[0-9a-f-]+(?= goes on)", text))
        shown = collections.Counter(map(int, re.findall(r"result of step (\d+)", text)))
        self.client.run("job", "cancel", job)
        stored = collections.Counter(
            int(event["sample"]["step"]) for event in self.client.events(job)
            if "sample" in event and int(event["sequence"]) <= int(last))
        self.assertEqual(shown, stored)

    def test_a_job_that_ends_leaves_its_last_state(self):
        terminal = self.open_terminal(100, 40)
        job = self.submit(SHORT)
        terminal.run(f"electra watch {job}; echo status $?")
        terminal.wait_for_text("status 0")
        screen = terminal.screen()
        self.assertIn("100% · step 30/30", screen)
        self.assertIn("model: ", screen)
        self.assertIn("result of step 30", terminal.history())
        self.assertNotIn("q: leave", screen)
        self.check_terminal_is_as_before(terminal)
        # A later watcher sees how it ended, the newest sample and the curves.
        terminal.run(f"clear; electra watch --lang ko {job}; echo again status $?")
        terminal.wait_for_text("again status 0")
        self.assertIn("30번째 step 결과", terminal.history())
        self.assertIn("앞선 샘플", terminal.history())
        self.assertTrue(BRAILLE.search(terminal.screen()))

    def test_stopped_and_continued(self):
        terminal, _ = self.watch_live()
        terminal.press("C-z")
        terminal.wait_for_text("Stopped")
        terminal.wait_for_prompt()
        self.check_terminal_is_as_before(terminal)
        terminal.run("fg")
        terminal.wait_for_text("q: leave")
        self.assertEqual(terminal.flag("cursor_flag"), "0")
        self.wait_for_steps(terminal)
        terminal.type("q")
        terminal.wait_for_text("goes on without a watcher")
        self.check_terminal_is_as_before(terminal)

    def test_every_signal_leaves_the_terminal_as_it_was(self):
        terminal = self.open_terminal(100, 40)
        for name in ("TERM", "HUP", "QUIT", "ABRT", "SEGV"):
            with self.subTest(signal=name):
                job = self.watch_endless(terminal)
                pid = terminal.tmux("list-panes", "-F", "#{pane_pid}").strip()
                child, = subprocess.run(["pgrep", "-P", pid], capture_output=True, text=True,
                                        check=True).stdout.split()
                os.kill(int(child), getattr(signal, f"SIG{name}"))
                terminal.wait_for(lambda: terminal.screen().rstrip().endswith("$"), "the prompt")
                self.check_terminal_is_as_before(terminal)
                self.client.run("job", "cancel", job)

    def test_plain_output_is_lines_on_a_terminal_too(self):
        terminal = self.open_terminal(80, 24)
        job = self.submit(SHORT)
        terminal.run(f"electra watch --plain {job}; echo status $?")
        terminal.wait_for_text("status 0")
        text = terminal.history()
        for step in (10, 20, 30):
            self.assertIn(f"step {step}/30 · epoch", text)
            self.assertIn(f"result of step {step}", text)
        self.assertFalse(BRAILLE.search(text))

    def test_colours(self):
        terminal = self.open_terminal(80, 24)
        job = self.submit(SHORT)
        for number, (command, coloured) in enumerate((
                (f"electra watch {job}", True),
                (f"NO_COLOR=1 electra watch {job}", False),
                (f"electra --color never watch {job}", False))):
            with self.subTest(command=command):
                terminal.run(f"clear; {command}; echo end {number} status $?")
                terminal.wait_for_text(f"end {number} status 0")
                self.assertEqual("\x1b[" in terminal.tmux("capture-pane", "-p", "-e"), coloured)

    def test_all_running_and_waiting_jobs(self):
        terminal = self.open_terminal(80, 24)
        running = self.submit(ENDLESS, "컴퓨터 책")
        waiting = self.submit(ENDLESS, "waits 👩‍👩‍👧‍👦 שלום")
        terminal.run("electra watch --follow-all; echo status $?")
        terminal.wait_for(lambda: re.search("컴퓨터 책 +running +0% +[0-9.]+ ", terminal.screen()),
                          "the running job")
        lines = terminal.screen().splitlines()
        heading, = [line for line in lines if "STATE" in line]
        row, = [line for line in lines if "컴퓨터 책" in line]
        self.assertEqual(cells(row[:row.index("running")]), cells(heading[:heading.index("STATE")]))
        rows = [line for line in lines if "queued" in line]
        self.assertEqual(len(rows), 1)
        self.assertIn(waiting.removeprefix("jobs/")[:8], rows[0])
        self.assertIn("#1", rows[0])
        self.client.run("job", "cancel", running)
        terminal.wait_for_text("컴퓨터 책 (")  # up into the log
        terminal.wait_for(lambda: re.search("waits .* running ", terminal.screen()), "the next job")
        self.check_sizes(terminal)
        self.daemon.end(signal.SIGKILL)
        terminal.wait_for_text(f"connection lost · trying to reach {self.daemon.address} again")
        self.refuse_connections(8)
        self.daemon.start()
        terminal.wait_for_text(f"connected to {self.daemon.address}")
        terminal.wait_for(lambda: re.search("waits .* running ", terminal.screen()), "the job")
        terminal.type("q")
        terminal.wait_for_text("status 0")
        self.check_terminal_is_as_before(terminal)
        self.assertEqual(self.state(running), "CANCELLED")
        self.assertEqual(self.state(waiting), "RUNNING")


    def check_sizes(self, terminal):
        """The board appears once, even in what scrolled away, and at the bottom."""
        for columns, rows in ((60, 20), (30, 10), (140, 50), (80, 12), (12, 8), (100, 40)):
            with self.subTest(columns=columns, rows=rows):
                terminal.resize(columns, rows)
                terminal.wait_for(lambda: self.has_one_board(terminal, rows), "the board alone")

    @staticmethod
    def has_one_board(terminal, rows):
        lines = terminal.screen().splitlines()
        history = terminal.history()
        return (len(lines) == rows and lines[-1].startswith("connected")
                and lines[-3].startswith("JOB ")
                and all(len(re.findall(f"^{row}", history, re.MULTILINE)) == 1
                        for row in ("JOB ", "connected")))


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--electrad", "--electra", "--corpus"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], "-v", *rest])


if __name__ == "__main__":
    main()
