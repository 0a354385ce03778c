"""Kills electrad with SIGKILL at random instants and looks for what it had promised.

A job is trained, watched by one client from its beginning to its end; other clients send corpora
and submit jobs. The daemon is killed in the middle of all that: in an upload, at a submission,
while a checkpoint is written, while a transaction is committed, while it starts, while it migrates
an old database, while somebody else holds the database's write lock, while idle connections take
all the descriptors it gives to them, and after two signals that ask it to stop. Meanwhile the
clock jumps. Prints one line of figures; exit status 0 where nothing was lost.

    tests/integration/fault_campaign.py --electrad ... --electra ... --kills 200 --seed 7
"""
import argparse
import contextlib
import json
import pathlib
import random
import resource
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

from rig import Client, Daemon, Watch, history_faults, weights

DESCRIPTORS = 512  # of each process, so that a few hundred connections are a flood


class Campaign:
    def __init__(self, options, folder):
        self.options = options
        self.random = random.Random(options.seed)
        self.folder = folder
        data = folder / "data"
        data.mkdir()
        self.clock = folder / "clock"
        self.clock.write_bytes(struct.pack("q", 0))
        self.daemon = Daemon(options.electrad, data, environment={
            "LD_PRELOAD": str(options.clock_shim), "ELECTRA_TEST_CLOCK": str(self.clock),
            "ASAN_OPTIONS": "verify_asan_link_order=0"})
        self.client = Client(options.electra, self.daemon.address)
        self.vocabulary = folder / "vocab.txt"
        self.held = contextlib.ExitStack()  # obstacles in the daemon's way until it is killed
        self.kills = 0
        self.by_phase = {}
        self.watch = None
        self.finished = []  # watches of jobs that ended
        self.clients = []   # (display name, process) that may still be at work
        self.acknowledged = []  # (display name, job)
        self.names = 0

    def set_clock(self, seconds):
        """By how much the daemon's clock is off. In place: the daemon has the file mapped."""
        with open(self.clock, "r+b") as file:
            file.write(struct.pack("q", seconds))

    # What is killed.

    def kill(self, phase):
        if self.daemon.is_running():
            self.daemon.end()
        self.held.close()
        self.kills += 1
        self.by_phase[phase] = self.by_phase.get(phase, 0) + 1

    def pause(self, longest, shortest=0.0):
        time.sleep(self.random.uniform(shortest, longest))

    def spawn_submit(self, *arguments):
        self.names += 1
        name = f"client-{self.names}"
        process = self.client.spawn(
            "submit", "--model", "tiny", "--name", name, "--priority", "-10", "--vocab",
            self.vocabulary, "--allow-unknown", "--set", "max_steps=1", "batch_size=1",
            "validation_split_percentage=0", *arguments,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.clients.append((name, process))

    def in_upload(self):
        path = self.folder / f"corpus-{self.names}.txt"
        line = "".join(self.random.choices("가나다라마바사아자차카타파하 ", k=400))
        path.write_text(f"{self.names} {line}\n" * self.random.randint(200, 10000),
                        encoding="utf-8")
        self.spawn_submit("--corpus", path)
        self.pause(0.2, shortest=0.03)

    def at_submit(self):
        self.spawn_submit("--corpus", self.corpus)
        self.pause(0.1, shortest=0.02)

    def while_checkpointing(self):
        name = self.watch.job.removeprefix("jobs/")
        checkpoints = self.daemon.data_dir / "jobs" / name / "checkpoints"
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and not list(checkpoints.glob("*.unfinished")):
            time.sleep(0.001)
        self.pause(0.03)

    def while_committing(self):
        self.pause(0.3)
        wal = self.daemon.data_dir / "electrad.db-wal"
        before = wal.stat().st_mtime_ns
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline and wal.stat().st_mtime_ns == before:
            pass
        self.pause(0.004)

    def while_starting(self):
        self.daemon.end()
        self.daemon.spawn()
        self.pause(0.5)

    def while_locked(self):
        """Somebody's sqlite3 writes to the database, and may not be done when the daemon dies."""
        foreign = sqlite3.connect(self.daemon.data_dir / "electrad.db", timeout=60,
                                  isolation_level=None)
        self.held.callback(foreign.close)
        foreign.execute("BEGIN IMMEDIATE")
        self.pause(2.0)
        if self.random.random() < 0.5:
            foreign.execute("ROLLBACK")
            self.pause(0.2)

    def while_flooded(self):
        """Connections that say nothing, as many as this process may have."""
        host, port = self.daemon.address.rsplit(":", 1)
        with contextlib.suppress(OSError):  # refused: that is the daemon's right
            for _ in range(DESCRIPTORS - 60):
                self.held.enter_context(socket.create_connection((host, int(port)), timeout=5))
        self.pause(0.5)

    def after_two_signals(self):
        """The second one must not cost the checkpoint that the first one asks for."""
        self.daemon.process.send_signal(signal.SIGTERM)
        self.pause(0.2)
        self.daemon.process.send_signal(signal.SIGINT)
        if self.random.random() < 0.5:
            status = self.daemon.process.wait(60)
            self.daemon.process.stdout.close()
            assert status == 0, f"ended by two signals with {status}"
        else:
            self.pause(0.1)

    def while_migrating(self):
        """Of another daemon, whose database is of the first schema."""
        folder = self.folder / "old"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy(self.folder / "old.db", folder / "electrad.db")
        daemon = Daemon(self.options.electrad, folder)
        daemon.spawn()
        while not (folder / "electrad.db-wal").exists() and daemon.is_running():
            time.sleep(0.0005)
        self.pause(0.03)
        daemon.end()
        self.kills += 1
        self.by_phase["migrate"] = self.by_phase.get("migrate", 0) + 1
        daemon.start()
        counts = daemon.rows("SELECT count(*) FROM jobs UNION ALL SELECT count(*) FROM events")
        assert counts == [(20,), (2000,)], counts
        daemon.end()

    # The job that goes through all of it.

    def begin_job(self):
        self.watch = Watch(self.client, self.client.submit("--corpus", self.corpus))
        self.watch.wait_for(lambda event: True)  # a client that never had a server gives up at once

    def job_round(self):
        if self.watch.process.poll() is None:
            return
        self.finished.append(self.watch)
        self.begin_job()

    def collect_clients(self, wait=None):
        still = []
        for name, process in self.clients:
            if wait is None and process.poll() is None:
                still.append((name, process))
                continue
            out, _ = process.communicate(timeout=wait)
            if process.returncode == 0:
                self.acknowledged.append((name, out.strip().splitlines()[-1]))
        self.clients = still

    def prepare(self):
        connection = sqlite3.connect(self.folder / "old.db")
        schema = self.options.migrations / "0001_initial.sql"
        connection.executescript(schema.read_text(encoding="utf-8"))
        connection.execute("PRAGMA user_version = 1")
        for job in range(1, 21):
            connection.execute(
                "INSERT INTO jobs (id, name, display_name, state, priority, corpus_name, model, "
                "hyperparameters, vocabulary_sha256, requested_device, last_sequence, created_at, "
                "updated_at) VALUES (?, ?, '', 'CANCELLED', 0, 'c', 'tiny', '{}', '', 'cpu', 100, "
                "0, 0)", (job, f"{job:012x}"))
            connection.executemany("INSERT INTO events VALUES (?, ?, 0, 'log', x'')",
                                   [(job, sequence) for sequence in range(1, 101)])
        connection.commit()
        connection.close()
        letters = "가나다라마바사아자차카타파하0123456789"
        words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters,
                 *(f"##{letter}" for letter in letters)]
        self.vocabulary.write_text("\n".join(words) + "\n", encoding="utf-8")

        self.daemon.start()
        self.reference = self.client.submit("--corpus", self.options.corpus)
        self.client.events(self.reference)
        self.expected = weights(self.daemon, self.reference)
        shown = self.client.run("job", "show", self.reference, "--json").stdout
        self.corpus = json.loads(shown)["corpus"]

    def run(self):
        self.prepare()
        self.begin_job()
        phases = {"upload": self.in_upload, "submit": self.at_submit,
                  "checkpoint": self.while_checkpointing, "commit": self.while_committing,
                  "start": self.while_starting, "migrate": self.while_migrating,
                  "lock": self.while_locked, "flood": self.while_flooded,
                  "signals": self.after_two_signals}
        order = []
        while self.kills < self.options.kills:
            order = order or self.random.sample(list(phases), len(phases))
            phase = order.pop()
            self.set_clock(self.random.choice((0, 0, 3600, -7200, 365 * 24 * 3600)))
            phases[phase]()
            if phase != "migrate":
                self.kill(phase)
                self.daemon.start()
            self.collect_clients()
            self.job_round()
        self.finish()

    def finish(self):
        self.finished.append(self.watch)
        self.failed_watches = [watch.job for watch in self.finished if watch.end() != 0]
        self.collect_clients(wait=120)
        # The clients' jobs end too, and leftovers are removed.
        for _, job in self.acknowledged:
            self.client.run("job", "cancel", job, expect=None)
            self.client.events(job)
        self.client.run("server", "gc")

    # What came of it.

    def lost(self):
        lost = [f"the watch of {job} failed" for job in self.failed_watches]
        for name, job in self.acknowledged:
            jobs = self.daemon.rows("SELECT name, state FROM jobs WHERE display_name = ?", name)
            if [f"jobs/{row[0]}" for row in jobs] != [job]:
                lost.append(f"{name} was acknowledged as {job}; there are {jobs}")
            elif jobs[0][1] not in ("SUCCEEDED", "CANCELLED"):
                lost.append(f"{job} is {jobs[0][1]}")
        for watch in self.finished:
            stored = {event["sequence"]: event for event in self.client.events(watch.job)}
            lost += [f"{watch.job}: event {event['sequence']} was seen and is not stored so"
                     for event in watch.events() if stored.get(event["sequence"]) != event]
            if weights(self.daemon, watch.job) != self.expected:
                lost.append(f"{watch.job}: its weights are not those of the undisturbed job")
        check = self.daemon.tool("check")
        if check.returncode != 0 or "orphan: " in check.stdout:
            lost.append(f"electrad check: {check.stdout}{check.stderr}")
        return lost

    def gaps_and_duplicates(self):
        gaps, duplicates = [], []
        for watch in self.finished:
            gaps += history_faults(self.daemon, watch.job)
            sequences = [int(event["sequence"]) for event in watch.events()]
            duplicates += [f"{watch.job}: {sequence} came twice"
                           for sequence in set(sequences) if sequences.count(sequence) > 1]
            if sorted(set(sequences)) != list(range(1, max(sequences) + 1)):
                gaps.append(f"{watch.job}: was shown {sequences}")
            if sequences != sorted(sequences):
                gaps.append(f"{watch.job}: out of order")
        names = self.daemon.rows("SELECT display_name FROM jobs WHERE display_name <> '' "
                                 "GROUP BY display_name HAVING count(*) > 1")
        duplicates += [f"{name} is several jobs" for name, in names]
        return gaps, duplicates

    def report(self):
        lost = self.lost()
        gaps, duplicates = self.gaps_and_duplicates()
        for fault in [*lost, *gaps, *duplicates]:
            print(fault)
        resumed = sum("RESUMED from step" in event.get("log", {}).get("text", "")
                      for watch in self.finished for event in watch.events())
        breaks = sum(len(watch.errors) for watch in self.finished)
        print(f"seed {self.options.seed}; kills by phase {self.by_phase}; {len(self.finished)} jobs "
              f"watched through {breaks} reconnections, resumed {resumed} times, weights equal to "
              f"the undisturbed job's; {len(self.acknowledged)} other jobs acknowledged")
        print(f"kills {self.kills}, acknowledged writes lost {len(lost)}, stream gaps {len(gaps)}, "
              f"duplicates {len(duplicates)}", flush=True)
        return not (lost or gaps or duplicates)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--electrad", "--electra", "--corpus", "--migrations", "--clock-shim"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    with tempfile.TemporaryDirectory(prefix="electra-faults-") as folder:
        campaign = Campaign(options, pathlib.Path(folder))
        try:
            campaign.run()
            whole = campaign.report()
        finally:
            for daemon_or_watch in (campaign.daemon, campaign.watch):
                process = daemon_or_watch and daemon_or_watch.process
                if process and process.poll() is None:
                    process.kill()
        if not whole:
            print(campaign.daemon.log()[-5000:])
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
