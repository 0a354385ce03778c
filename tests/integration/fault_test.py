"""What electrad does when the disk is full, its folder cannot be written, its files are damaged or
the clock jumps; and that a backup can be restored."""
import argparse
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from rig import Client, Daemon, Proxy, Watch, history_faults, weights

OPTIONS = None  # set by main

# Long enough that a test meets its job before the end, on a busy machine too.
STEPS = 160

# Somebody else's process that has a lock on the database until its input ends: a transaction of
# `sqlite3`, and what a user may take who can no more than read SQLite's file of shared memory.
LOCKS = {
    "transaction": """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
""",
    "read lock": """
import fcntl, sys
file = open(sys.argv[1] + "-shm", "rb")
fcntl.lockf(file, fcntl.LOCK_SH, 1, 120)
print("locked", flush=True)
sys.stdin.read()
"""}


def folder_bytes(folder):
    return sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*") if path.is_file())


class FaultTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-faults-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self, data_dir, environment=None, arguments=()):
        data_dir.mkdir(exist_ok=True)
        daemon = Daemon(OPTIONS.electrad, data_dir, arguments, environment)
        self.addCleanup(lambda: daemon.is_running() and daemon.end())
        daemon.start()
        return daemon, Client(OPTIONS.electra, daemon.address)

    def submit(self, client):
        return client.submit("--corpus", OPTIONS.corpus, settings={"max_steps": STEPS})

    def undisturbed_weights(self):
        daemon, client = self.start(self.folder / "undisturbed")
        job = self.submit(client)
        client.events(job)
        expected = weights(daemon, job)
        daemon.end(signal.SIGTERM)
        return expected

    def mount(self, *arguments):
        """A file system of its own. The test runs in a mount namespace that goes with it."""
        place = pathlib.Path(arguments[-1])
        place.mkdir(exist_ok=True)
        subprocess.run(["mount", *map(str, arguments)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(place)], check=False)
        return place

    def fill(self, filler):
        """Makes a file as large as its disk allows."""
        with open(filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 16))

    @contextlib.contextmanager
    def foreign_lock(self, daemon, kind):
        """The id of a process that has locked the daemon's database."""
        with subprocess.Popen(
                [sys.executable, "-c", LOCKS[kind], daemon.data_dir / "electrad.db"], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            self.assertEqual(process.stdout.readline(), "locked\n")
            yield process.pid

    def wait_for_log(self, daemon, text, timeout=120):
        deadline = time.monotonic() + timeout
        while text not in daemon.log():
            self.assertLess(time.monotonic(), deadline, daemon.log()[-2000:])
            time.sleep(0.05)

    def refusal(self, data_dir):
        """What electrad says when it cannot start."""
        result = subprocess.run([OPTIONS.electrad, "--data-dir", data_dir, "--listen",
                                 "127.0.0.1:0"], capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertNotIn("listening", result.stdout)
        return result.stderr

    def test_a_full_disk_stops_the_job_and_a_retry_finishes_it(self):
        expected = self.undisturbed_weights()
        disk = self.mount("-t", "tmpfs", "-o", "size=96m", "none", self.folder / "disk")
        daemon, client = self.start(disk / "data")
        job = self.submit(client)
        watch = Watch(client, job)
        self.assertTrue(watch.wait_for_step(5))
        filler = disk / "filler"
        self.fill(filler)
        # Its log's rows or its checkpoint meet the full disk, whichever is written first.
        deadline = time.monotonic() + 120
        while ("event=transaction_failed" not in daemon.log() and
               '"FAILED"' not in client.run("job", "show", job, "--json").stdout):
            self.assertLess(time.monotonic(), deadline, daemon.log()[-2000:])
            time.sleep(0.05)
        self.assertIn("free_bytes", client.run("status", "--json").stdout)  # it still answers
        self.fill(filler)  # a checkpoint that could not be written is removed
        other = self.folder / "other.txt"
        other.write_text("다른 말뭉치\n" * 1000, encoding="utf-8")
        refused = client.run("submit", "--corpus", other, expect=None)
        self.assertEqual(refused.returncode, 3, refused.stderr)
        filler.unlink()

        self.assertEqual(watch.end(), 1)
        last = watch.events()[-1]["state_change"]
        self.assertEqual(last["to"], "FAILED")
        self.assertRegex(last["reason"], "space|disk|full")
        client.run("job", "retry", job)
        client.events(job)
        self.assertEqual(history_faults(daemon, job, STEPS), [])
        self.assertEqual(weights(daemon, job), expected)
        self.assertEqual(daemon.tool("check").returncode, 0)

    def test_jobs_keep_to_what_their_token_may_store(self):
        daemon, client = self.start(self.folder / "measured")
        client.events(client.submit("--corpus", OPTIONS.corpus))
        (checkpoint,), = daemon.rows("SELECT model_path FROM jobs")
        size = folder_bytes(checkpoint)
        daemon.end(signal.SIGTERM)

        limit = 3 * size + (2 << 20)  # and some room for corpus and history
        data_dir = self.folder / "limited"
        data_dir.mkdir()
        token = subprocess.run(
            [OPTIONS.electrad, "token", "create", "--data-dir", data_dir, "--role", "submitter",
             "--stored-bytes", str(limit)], capture_output=True, text=True, timeout=60, check=True)
        daemon, client = self.start(data_dir, arguments=["--require-tokens"])
        client.environment["ELECTRA_TOKEN"] = token.stdout.strip()
        greedy = {"save_steps": 1, "save_total_limit": 1000}
        first = client.submit("--corpus", OPTIONS.corpus, settings=greedy)
        client.events(first)
        self.assertEqual(history_faults(daemon, first), [])
        checkpoints = list((data_dir / first / "checkpoints").glob("step-*"))
        self.assertIn("step-00000040", [path.name for path in checkpoints])
        self.assertLess(folder_bytes(data_dir / "jobs"), limit)

        # Another job has no room beside that one, says so, and continues once it has.
        second = client.submit("--corpus", OPTIONS.corpus, settings=greedy)
        watch = Watch(client, second)
        self.assertTrue(watch.wait_for(lambda event: "PAUSED" in json.dumps(event)))
        self.assertIn("has stored", client.run("job", "show", second).stdout)
        client.run("job", "delete", "--yes", first)
        client.run("job", "resume", second)
        self.assertEqual(watch.end(), 0)
        self.assertEqual(history_faults(daemon, second), [])
        self.assertLess(folder_bytes(data_dir / "jobs"), limit)

    def test_a_full_disk_is_emptied_through_the_daemon(self):
        # The daemon's log is not on it.
        disk = self.mount("-t", "tmpfs", "-o", "size=192m", "none", self.folder / "data")
        daemon, client = self.start(disk)
        job = client.submit("--corpus", OPTIONS.corpus)
        client.events(job)
        spare = client.submit("--corpus", OPTIONS.corpus)
        client.events(spare)
        (corpus,), = daemon.rows("SELECT name FROM corpora")
        # SQLite's log begins anew: the first change needs room on the disk.
        daemon.end(signal.SIGTERM)
        daemon.start()
        filler = disk / "filler"
        self.fill(filler)
        other = self.folder / "other.txt"
        other.write_text("다른 말뭉치\n" * 1000, encoding="utf-8")
        self.assertEqual(client.run("submit", "--corpus", other, expect=None).returncode, 3)
        client.run("server", "gc")
        self.fill(filler)
        client.run("job", "delete", "--yes", job)
        # After a restart too, and where nothing was kept back.
        daemon.end()
        (daemon.data_dir / "reserve").unlink(missing_ok=True)
        self.fill(filler)
        daemon.start()
        client.run("job", "delete", "--yes", spare)
        self.fill(filler)
        client.run("corpus", "delete", "--yes", corpus)
        self.assertEqual(daemon.rows("SELECT count(*) FROM jobs"), [(0,)])
        self.assertEqual(daemon.rows("SELECT count(*) FROM corpora"), [(0,)])
        self.assertEqual(
            daemon.rows("SELECT DISTINCT outcome FROM audits WHERE method LIKE '%.Delete%' "
                        "OR method LIKE '%.CollectGarbage'"), [("OK",)])
        filler.unlink()
        client.events(client.submit("--corpus", OPTIONS.corpus))
        self.assertEqual((daemon.data_dir / "reserve").stat().st_size, 4 << 20)
        self.assertEqual(daemon.tool("check").returncode, 0)

    def test_somebody_elses_lock_neither_fails_a_job_nor_keeps_readers_waiting(self):
        expected = self.undisturbed_weights()
        daemon, client = self.start(self.folder / "data")
        for kind in LOCKS:
            with self.subTest(kind):
                job = self.submit(client)
                watch = Watch(client, job)
                self.assertTrue(watch.wait_for_step(5))
                with self.foreign_lock(daemon, kind) as process:
                    self.wait_for_log(daemon, f"by process {process} (python3")
                    self.assertIn(job, client.run("jobs", "--json").stdout)
                    refused = client.run("job", "cancel", job, expect=3).stderr
                    self.assertIn(f"process {process}", refused)
                    self.assertIn(str(daemon.data_dir / "electrad.db"), refused)
                self.assertEqual(watch.end(), 0)
                self.assertEqual(history_faults(daemon, job, STEPS), [])
                self.assertEqual(weights(daemon, job), expected)
        self.assertIn("event=database_unlocked", daemon.log())

    def test_other_users_can_look_into_nothing(self):
        data = self.folder / "data"
        (data / "corpora").mkdir(parents=True)
        for folder in (data, data / "corpora"):
            folder.chmod(0o755)
        previous = os.umask(0o022)
        self.addCleanup(os.umask, previous)
        daemon, client = self.start(data)
        client.events(client.submit("--corpus", OPTIONS.corpus))
        wide = [path for path in data.rglob("*")
                if not path.is_symlink() and path.stat().st_mode & 0o077]
        self.assertEqual(wide, [])
        # The folder itself may be there for more than this.
        self.assertIn(f"event=open_to_others path={data}", daemon.log())
        checked = daemon.tool("check")
        self.assertEqual(checked.returncode, 0)
        self.assertIn(f"open to other users: {data}\n", checked.stdout)
        self.assertIn(f"chmod -R go= {data}", checked.stdout)
        data.chmod(0o700)
        self.assertNotIn("open to other users", daemon.tool("check").stdout)
        made = daemon.tool("backup", self.folder / "backup.db")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual((self.folder / "backup.db").stat().st_mode & 0o777, 0o600)

    def test_a_folder_that_cannot_be_written_is_refused_by_name(self):
        disk = self.mount("-t", "tmpfs", "-o", "size=8m", "none", self.folder / "disk")
        daemon, _ = self.start(disk / "data")
        daemon.end()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        said = self.refusal(disk / "data")
        self.assertIn(str(disk / "data"), said)
        self.assertIn("--data-dir", said)
        self.assertIn(str(disk / "new"), self.refusal(disk / "new"))

    def test_a_folder_whose_parent_is_missing_is_refused_and_not_created(self):
        said = self.refusal(self.folder / "unmounted" / "electrad")
        self.assertIn(str(self.folder / "unmounted"), said)
        self.assertFalse((self.folder / "unmounted").exists())

    def test_a_new_account_has_its_default_folder(self):
        self.mount("-t", "tmpfs", "-o", "ro", "none", "/var/lib")
        share = self.folder / "home" / ".local" / "share"
        subprocess.run([OPTIONS.electrad, "token", "create", "--role", "admin"], check=True,
                       capture_output=True, env={**os.environ, "XDG_DATA_HOME": str(share)})
        self.assertTrue((share / "electrad" / "electrad.db").exists())

    def test_a_damaged_database_is_refused_and_a_backup_restores_it(self):
        daemon, client = self.start(self.folder / "data")
        job = self.submit(client)
        watch = Watch(client, job)
        self.assertTrue(watch.wait_for_step(5))
        backup = self.folder / "backup.db"
        made = daemon.tool("backup", backup)  # while the job trains
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(daemon.tool("backup", backup).returncode, 1)  # never over another file
        self.assertEqual(watch.end(), 0)
        trained = weights(daemon, job)
        daemon.end(signal.SIGTERM)
        self.assertEqual(daemon.tool("check").returncode, 0)

        database = daemon.data_dir / "electrad.db"
        content = bytearray(database.read_bytes())
        for page in range(4096, len(content), 4096):
            content[page:page + 64] = bytes([0x5A]) * 64
        database.write_bytes(content)
        self.assertIn("damaged", self.refusal(daemon.data_dir))
        self.assertEqual(daemon.tool("check").returncode, 1)

        # As `electrad backup --help` says.
        for suffix in ("", "-wal", "-shm"):
            database.with_name(f"electrad.db{suffix}").unlink(missing_ok=True)
        shutil.copy(backup, database)
        checked = daemon.tool("check")
        self.assertEqual(checked.returncode, 0, checked.stdout)
        daemon.start()
        # Training is newer than the restored history: none of it is repeated, and the log says so.
        texts = [event["log"]["text"] for event in client.events(job) if "log" in event]
        self.assertTrue(any("the history ends with step" in text for text in texts), texts)
        self.assertEqual(weights(daemon, job), trained)
        self.assertEqual(daemon.rows("SELECT state FROM jobs"), [("SUCCEEDED",)])

    def test_a_damaged_checkpoint_is_passed_over_with_a_warning(self):
        expected = self.undisturbed_weights()
        daemon, client = self.start(self.folder / "data")
        job = self.submit(client)
        watch = Watch(client, job)
        self.assertTrue(watch.wait_for(lambda event: event.get("checkpoint", {}).get("step")
                                       == 12))
        daemon.end()
        folder = daemon.data_dir / "jobs" / job.removeprefix("jobs/") / "checkpoints"
        before, newest = sorted(path for path in folder.iterdir()
                                if path.name.removeprefix("step-").isdigit())[-2:]
        with open(newest / "optimizer.safetensors", "r+b") as file:
            file.seek(-7, os.SEEK_END)
            file.write(b"damaged")
        checked = daemon.tool("check")
        self.assertEqual(checked.returncode, 1)
        self.assertIn(newest.name, checked.stdout)
        daemon.start()
        self.assertEqual(watch.end(), 0)
        texts = [event["log"]["text"] for event in watch.events() if "log" in event]
        self.assertTrue(any(f"{newest.name} is damaged" in text for text in texts), texts)
        step = int(before.name.removeprefix("step-"))
        self.assertIn(f"RESUMED from step {step}", texts)
        self.assertEqual(history_faults(daemon, job, STEPS), [])
        self.assertEqual(weights(daemon, job), expected)

    def killed_and_started(self, daemon, client, settings):
        """A job whose daemon was killed, and with which another one went on to an evaluation: its
        watch, the step at which it was killed, and the moment between the two."""
        job = client.submit("--corpus", OPTIONS.corpus, settings={"max_steps": 100000, **settings})
        watch = Watch(client, job)
        self.assertTrue(watch.wait_for_step(25))
        daemon.end()
        (killed_at, last), = daemon.rows("SELECT step, last_sequence FROM jobs")
        between = time.time_ns() // 1000
        daemon.start()
        self.assertTrue(watch.wait_for(
            lambda event: int(event["sequence"]) > last and
            int(event.get("evaluation", {}).get("step", 0)) > 0))
        client.run("cancel", job)
        self.assertEqual(watch.end(), 1)
        sequences = [int(event["sequence"]) for event in watch.events()]
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))
        return watch, killed_at, between

    def check_results(self, daemon, client, job, first, between):
        """Of steps up to `first` they are of before, of all others of after."""
        for table in ("step_metrics", "evaluations", "samples"):
            rows = daemon.rows(f"SELECT step, time FROM {table} WHERE step > 0 ORDER BY step")
            self.assertTrue(rows, table)
            for step, recorded in rows:
                self.assertEqual(recorded < between, step <= first, (table, step))
        steps = [step for step, in daemon.rows("SELECT step FROM step_metrics ORDER BY step")]
        self.assertEqual(steps, list(range(1, steps[-1] + 1)))
        times = [seconds for seconds, in
                 daemon.rows("SELECT run_seconds FROM step_metrics ORDER BY step")]
        self.assertEqual(times, sorted(times))
        shown = json.loads(client.run("job", job, "--json").stdout)
        self.assertEqual(int(shown["step"]), steps[-1])
        self.assertEqual(int(shown["last_step"]["step"]), steps[-1])
        self.assertLessEqual(int(shown["best_evaluation"]["step"]), steps[-1])
        self.assertEqual(len(client.run("metrics", job, "--json").stdout.splitlines()), steps[-1])

    def test_a_job_that_starts_over_forgets_the_run_that_is_gone(self):
        daemon, client = self.start(self.folder / "data")
        watch, killed_at, between = self.killed_and_started(
            daemon, client, {"save_steps": 500, "eval_steps": 2, "sample_every": 2})
        self.check_results(daemon, client, watch.job, 0, between)
        texts = [event["log"]["text"] for event in watch.events() if "log" in event]
        self.assertIn(f"the server stopped at step {killed_at} before the first checkpoint: the job "
                      "starts over, and its results so far no longer count", texts)
        rewinds = [event["rewind"] for event in watch.events() if "rewind" in event]
        self.assertEqual([int(rewind["last_step"]) for rewind in rewinds], [killed_at])

    def test_what_came_after_the_checkpoint_is_no_longer_part_of_the_run(self):
        daemon, client = self.start(self.folder / "data")
        # Checkpoints by time: so short a one that each step is due, until the disk is behind.
        watch, _, between = self.killed_and_started(
            daemon, client, {"save_steps": 0, "save_minutes": 1e-9, "eval_steps": 2,
                             "sample_every": 2})
        texts = [event["log"]["text"] for event in watch.events() if "log" in event]
        resumed, = [int(text.removeprefix("RESUMED from step ")) for text in texts
                    if text.startswith("RESUMED from step ")]
        self.assertGreater(resumed, 0)
        self.check_results(daemon, client, watch.job, resumed, between)

    def test_a_clock_that_jumps_stops_nothing(self):
        expected = self.undisturbed_weights()
        clock = self.folder / "clock"
        clock.write_bytes(struct.pack("q", 0))

        def set_clock(seconds):
            with open(clock, "r+b") as file:
                file.write(struct.pack("q", seconds))

        daemon, client = self.start(self.folder / "data", {
            "LD_PRELOAD": str(OPTIONS.clock_shim), "ELECTRA_TEST_CLOCK": str(clock),
            "ASAN_OPTIONS": "verify_asan_link_order=0"})
        job = self.submit(client)
        watch = Watch(client, job)
        year = 365 * 24 * 3600
        for seconds in itertools.cycle((3600, -7200, year, -year, 0)):
            if watch.process.poll() is not None:
                break
            set_clock(seconds)
            time.sleep(0.02)
        self.assertEqual(watch.end(), 0)
        times = [event["time"][:4] for event in watch.events()]
        self.assertGreaterEqual(len(set(times)), 2)  # it did jump
        sequences = [int(event["sequence"]) for event in watch.events()]
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))
        self.assertEqual(history_faults(daemon, job, STEPS), [])
        self.assertEqual(weights(daemon, job), expected)
        self.assertEqual(daemon.end(signal.SIGTERM), 0)

    def paused_job(self, daemon, client):
        """One of which nothing is heard until it is resumed."""
        running = Watch(client, self.submit(client))
        self.assertTrue(running.wait_for_step(1))
        job = self.submit(client)
        client.run("job", "pause", job)
        client.run("job", "cancel", running.job)
        running.end()
        return job

    def wait_for_watchers(self, client, count, timeout=60):
        deadline = time.monotonic() + timeout
        while True:
            status = json.loads(client.run("status", "--json").stdout)
            watchers = int(status.get("watchers", 0))
            if watchers == count:
                return
            if time.monotonic() > deadline:
                self.fail(f"{watchers} watchers instead of {count} after {timeout} s")
            time.sleep(0.05)

    def test_a_daemon_that_falls_silent_is_found_and_the_watch_goes_on(self):
        daemon, client = self.start(self.folder / "data", arguments=["--keepalive", "1"])
        proxy = Proxy(daemon.address)
        self.addCleanup(proxy.close)
        job = self.paused_job(daemon, client)
        watch = Watch(Client(OPTIONS.electra, proxy.address), job, "--keepalive", "1")
        self.assertTrue(watch.wait_for(lambda event: "PAUSED" in json.dumps(event)))
        # Long after the last event it still asks.
        proxy.wait_for_reads(8)
        proxy.fall_silent()
        proxy.wait_for_connections(2)
        # The daemon has found the old connection dead as well.
        self.wait_for_watchers(client, 1)
        client.run("job", "resume", job)
        self.assertEqual(watch.end(), 0)
        sequences = [int(event["sequence"]) for event in watch.events()]
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))
        self.assertEqual(history_faults(daemon, job, STEPS), [])

    def test_a_client_that_stands_still_is_let_go(self):
        daemon, client = self.start(self.folder / "data", arguments=["--keepalive", "1"])
        job = self.paused_job(daemon, client)
        watch = Watch(client, job)
        self.assertTrue(watch.wait_for(lambda event: "PAUSED" in json.dumps(event)))
        self.wait_for_watchers(client, 1)
        watch.process.send_signal(signal.SIGSTOP)
        self.wait_for_watchers(client, 0)
        # It comes back, and misses nothing.
        watch.process.send_signal(signal.SIGCONT)
        self.wait_for_watchers(client, 1)
        client.run("job", "resume", job)
        self.assertEqual(watch.end(), 0)
        sequences = [int(event["sequence"]) for event in watch.events()]
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--electrad", "--electra", "--corpus", "--clock-shim"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], "-v", *rest])


if __name__ == "__main__":
    main()
