#!/usr/bin/env python3
"""One job over several processes: electrad as rank 0, workers beside it, and what becomes of the job
when one of them is lost."""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from rig import Client, Daemon, Watch, free_port, history_faults

ARGUMENTS = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
UNSHARE = ["unshare", "--user", "--map-root-user"]
INSIDE = "ELECTRA_TEST_IN_NAMESPACE"
# Disturbed in its middle; a checkpoint every ten steps.
SETTINGS = {"batch_size": 8, "gradient_accumulation_steps": 2, "max_length": 32,
            "sample_every": 50, "eval_steps": 0, "save_steps": 10}


def rank_of(process_id):
    """What a launcher told a process; None for one that it told nothing."""
    try:
        environment = pathlib.Path(f"/proc/{process_id}/environ").read_bytes().split(b"\0")
        command = pathlib.Path(f"/proc/{process_id}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return None
    ranks = [entry[5:] for entry in environment if entry.startswith(b"RANK=")]
    return int(ranks[0]) if ranks and command == "electrad" else None


def children_of(process_id):
    found = []
    for task in pathlib.Path(f"/proc/{process_id}/task").iterdir():
        found += (task / "children").read_text(encoding="utf-8").split()
    return [int(child) for child in found]


class Torchrun(Daemon):
    """electrad under torchrun, which starts `ranks` of it and all of them again when one dies."""

    def __init__(self, electrad, data_dir, ranks=2, restarts=0, arguments=()):
        super().__init__(electrad, data_dir, arguments)
        self.ranks = ranks
        self.restarts = restarts

    def spawn(self):
        with open(self.log_path, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [ARGUMENTS.torchrun, "--no-python", "--nproc-per-node", str(self.ranks),
                 "--master-addr", "127.0.0.1", "--master-port", str(free_port()),
                 "--max-restarts", str(self.restarts), self.electrad, "--data-dir", self.data_dir,
                 "--listen", self.address, "--threads", "1", *self.arguments],
                stdout=subprocess.PIPE, stderr=log, text=True, env=self.environment)

    def process_of(self, rank):
        for child in children_of(self.process.pid):
            if rank_of(child) == rank:
                return child
        raise AssertionError(f"there is no rank {rank}")


class Launch:
    """electrad and workers as srun starts them: each on its own, with the variables of its rank."""

    def __init__(self, electrad, data_dir, ranks=2, arguments=(), prefixes=None, master="127.0.0.1"):
        self.electrad = electrad
        self.arguments = [*map(str, arguments)]
        self.prefixes = prefixes or [[]] * ranks
        self.environment = {"WORLD_SIZE": str(ranks), "MASTER_ADDR": master,
                            "MASTER_PORT": str(free_port())}
        self.daemon = Daemon(electrad, data_dir, self.arguments,
                             {**self.environment, "RANK": "0"})
        self.workers = {}
        self.logs = {rank: self.daemon.data_dir.parent / f"worker-{rank}.log"
                     for rank in range(1, ranks)}

    def start(self):
        self.start_daemon()
        for rank in self.logs:
            self.start_worker(rank)
        return self

    def start_daemon(self):
        daemon = self.daemon
        with open(daemon.log_path, "a", encoding="utf-8") as log:
            daemon.process = subprocess.Popen(
                [*self.prefixes[0], self.electrad, "--data-dir", daemon.data_dir, "--listen",
                 daemon.address, "--threads", "1", *self.arguments],
                stdout=subprocess.PIPE, stderr=log, text=True, env=daemon.environment)
        line = daemon.process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError(f"electrad said {line!r}:\n{daemon.log()[-2000:]}")

    def start_worker(self, rank, command=("worker",)):
        with open(self.logs[rank], "a", encoding="utf-8") as log:
            self.workers[rank] = subprocess.Popen(
                [*self.prefixes[rank], self.electrad, *command, "--threads", "1", *self.arguments],
                stderr=log, env={**os.environ, **self.environment, "RANK": str(rank)})

    def worker_log(self, rank):
        return self.logs[rank].read_text(encoding="utf-8", errors="replace")

    def wait_for_log(self, rank, text, count, deadline=60):
        end = time.monotonic() + deadline
        while self.worker_log(rank).count(text) < count:
            assert time.monotonic() < end, self.worker_log(rank)
            assert self.workers[rank].poll() is None, self.worker_log(rank)

    def end(self):
        for process in (*self.workers.values(), self.daemon.process):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        if self.daemon.process is not None:
            self.daemon.process.stdout.close()


class Namespaces:
    """Two machines as far as the network goes: namespaces that a pair of veths joins. Each is held
    by a process that sleeps, and what runs in it is started through nsenter."""

    ADDRESSES = ("10.77.0.1", "10.77.0.2")

    def __init__(self):
        self.holders = []
        for _ in range(2):
            holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo there; exec cat"],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            holder.stdout.readline()
            self.holders.append(holder)
        # From inside the first: outside of them there is nothing that this process may change.
        self.run(*self.prefix(0), "ip", "link", "add", "veth0", "type", "veth", "peer", "name",
                 "veth1", "netns", str(self.holders[1].pid))
        for side, address in enumerate(self.ADDRESSES):
            self.run(*self.prefix(side), "ip", "link", "set", "lo", "up")
            self.run(*self.prefix(side), "ip", "address", "add", f"{address}/24", "dev",
                     f"veth{side}")
            self.run(*self.prefix(side), "ip", "link", "set", f"veth{side}", "up")

    @staticmethod
    def run(*command):
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)

    def prefix(self, side):
        return ["nsenter", "--target", str(self.holders[side].pid), "--net"]

    def set_link(self, state):
        self.run(*self.prefix(0), "ip", "link", "set", "veth0", state)

    def close(self):
        for holder in self.holders:
            holder.stdin.close()
            holder.stdout.close()
            holder.wait()


class RanksCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def torchrun(self, **options):
        launch = Torchrun(ARGUMENTS.electrad, self.path / "data", **options)
        launch.data_dir.mkdir(exist_ok=True)

        def end():
            if launch.is_running():
                launch.end(signal.SIGTERM)
        self.addCleanup(end)
        return launch.start()

    def launch(self, **options):
        launch = Launch(ARGUMENTS.electrad, self.path / "data", **options)
        launch.daemon.data_dir.mkdir(exist_ok=True)
        self.addCleanup(launch.end)
        return launch

    def submit(self, client, **settings):
        return client.submit("--corpus", ARGUMENTS.corpus,
                             settings={"max_steps": ARGUMENTS.steps, **SETTINGS, **settings})

    def steps(self, daemon, job):
        """Rows of the history: step, loss, ranks."""
        return daemon.rows(
            "SELECT step, combined_loss, ranks FROM step_metrics WHERE job_id = "
            "(SELECT id FROM jobs WHERE name = ?) ORDER BY step", job.removeprefix("jobs/"))

    def assert_whole(self, daemon, job, steps=None):
        self.assertEqual(history_faults(daemon, job, steps or ARGUMENTS.steps), [])

    def assert_nothing_missed(self, watch):
        for event in watch.events():
            self.assertNotIn("not in the history", event.get("log", {}).get("text", ""))

    def assert_same_losses(self, rows, expected, steps=60):
        """Step for step, as far as float32's sums in another order go: what they differ by grows."""
        self.assertEqual(len(rows), len(expected))
        for (step, loss, _), (_, other, _) in zip(rows[:steps], expected):
            self.assertLess(abs(loss - other), 1e-3 * abs(other), f"step {step}")

    def alone(self, **settings):
        """The same job in one process."""
        daemon = Daemon(ARGUMENTS.electrad, self.path / "alone")
        daemon.data_dir.mkdir()
        daemon.start()
        try:
            client = Client(ARGUMENTS.electra, daemon.address)
            job = self.submit(client, **settings)
            client.events(job)
            return self.steps(daemon, job)
        finally:
            daemon.end(signal.SIGTERM)

    def wait_for_ranks(self, client, present, deadline=60):
        """Until `electra status` shows this many ranks."""
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            status = json.loads(client.run("status", "--json").stdout)
            if sum(rank.get("present", False) for rank in status["ranks"]) == present:
                return status
        raise AssertionError(f"{present} ranks are not there: {status['ranks']}")


class RanksTest(RanksCase):
    def test_torchrun_starts_daemon_and_worker_with_one_command_line(self):
        launch = self.torchrun()
        client = Client(ARGUMENTS.electra, launch.address)
        status = self.wait_for_ranks(client, 2)
        self.assertEqual(status["queue_policy"], "JOBS_OVER_RANKS")
        self.assertEqual([rank.get("rank", 0) for rank in status["ranks"]], [0, 1])
        self.assertEqual([rank["device"] for rank in status["ranks"]], ["cpu", "cpu"])
        self.assertIn("one job at a time, over all ranks",
                      client.run("status", "--lang", "en").stdout)
        job = self.submit(client, max_steps=40)
        events = client.events(job)
        steps = [event["step"] for event in events if "step" in event]
        self.assertEqual({step["ranks"] for step in steps}, {2})
        for step in steps:
            self.assertGreater(step["slowest_rank_tokens_per_second"], 0)
        self.assert_whole(launch, job, 40)
        self.assert_same_losses(self.steps(launch, job), self.alone(max_steps=40))
        metrics = client.run("metrics", job).stdout.splitlines()
        self.assertEqual(metrics[-1].split("\t")[13], "2")

    def test_devices_1_trains_on_rank_0_alone(self):
        launch = self.launch().start()
        client = Client(ARGUMENTS.electra, launch.daemon.address)
        self.wait_for_ranks(client, 2)
        job = self.submit(client, max_steps=10, devices=1)
        client.events(job)
        self.assertEqual({ranks for _, _, ranks in self.steps(launch.daemon, job)}, {1})
        refused = client.run("submit", "--model", "tiny", "--corpus", ARGUMENTS.corpus, "--set",
                             "devices=3", expect=3)
        self.assertIn("launched with 2 ranks", refused.stderr)

    def test_two_ranks_in_one_process_on_the_processor(self):
        daemon = Daemon(ARGUMENTS.electrad, self.path / "data")
        daemon.data_dir.mkdir()
        daemon.start()
        self.addCleanup(daemon.end)
        client = Client(ARGUMENTS.electra, daemon.address)
        job = self.submit(client, max_steps=40, devices=2)
        client.events(job)
        rows = self.steps(daemon, job)
        self.assertEqual({ranks for _, _, ranks in rows}, {2})
        self.assert_same_losses(rows, self.alone(max_steps=40))

    def test_a_killed_worker_ends_the_step_and_the_job_goes_on_without_it(self):
        launch = self.launch(arguments=["--rank-join-timeout", 2]).start()
        client = Client(ARGUMENTS.electra, launch.daemon.address)
        self.wait_for_ranks(client, 2)
        job = self.submit(client)
        watch = Watch(client, job)
        self.assertTrue(watch.wait_for_step(25))
        launch.workers[1].kill()
        killed = time.monotonic()
        self.assertTrue(watch.wait_for(lambda event: event.get("step", {}).get("ranks") == 1))
        self.assertLess(time.monotonic() - killed, 30)
        self.assertEqual(watch.end(), 0)
        self.assert_whole(launch.daemon, job)
        rows = self.steps(launch.daemon, job)
        self.assertEqual([rows[0][2], rows[-1][2]], [2, 1])
        # Fewer ranks, the same global batch.
        self.assert_same_losses(rows, self.alone())
        self.assert_nothing_missed(watch)
        warnings = [event["log"]["text"] for event in watch.events()
                    if event.get("log", {}).get("severity") == "WARNING"]
        self.assertTrue(any("rank" in text for text in warnings), warnings)
        status = self.wait_for_ranks(client, 1)
        self.assertIn("not there", client.run("status", "--lang", "en").stdout)
        self.assertEqual(status["ranks"][1]["rank"], 1)

    def test_a_worker_that_comes_back_trains_again(self):
        launch = self.launch(arguments=["--rank-join-timeout", 60]).start()
        client = Client(ARGUMENTS.electra, launch.daemon.address)
        self.wait_for_ranks(client, 2)
        job = self.submit(client)
        watch = Watch(client, job)
        self.assertTrue(watch.wait_for_step(25))
        launch.workers[1].kill()
        launch.workers[1].wait()
        launch.start_worker(1)
        self.assertEqual(watch.end(), 0)
        self.assert_whole(launch.daemon, job)
        self.assertEqual({ranks for _, _, ranks in self.steps(launch.daemon, job)}, {2})

    def test_sigterm_ends_a_worker_cleanly(self):
        launch = self.launch(arguments=["--rank-join-timeout", 2]).start()
        client = Client(ARGUMENTS.electra, launch.daemon.address)
        self.wait_for_ranks(client, 2)
        launch.workers[1].send_signal(signal.SIGTERM)
        self.assertEqual(launch.workers[1].wait(timeout=60), 0)
        log = launch.worker_log(1)
        self.assertIn("event=worker_started", log)
        self.assertIn("event=stopped", log)
        self.assertIn("rank=1", log.splitlines()[-1])
        job = self.submit(client, max_steps=20)
        client.events(job)
        self.assert_whole(launch.daemon, job, 20)

    def test_workers_end_when_the_daemon_does(self):
        launch = self.launch(ranks=3).start()
        client = Client(ARGUMENTS.electra, launch.daemon.address)
        self.wait_for_ranks(client, 3)
        launch.daemon.process.send_signal(signal.SIGTERM)
        self.assertEqual(launch.daemon.process.wait(timeout=60), 0)
        for rank, worker in launch.workers.items():
            self.assertEqual(worker.wait(timeout=60), 0, launch.worker_log(rank))
        # Nothing of a worker is on the disk.
        self.assertEqual(sorted(path.name for path in self.path.iterdir()),
                         ["data", "data.log", "worker-1.log", "worker-2.log"])

    def test_torchrun_starts_all_again_and_the_job_goes_on(self):
        launch = self.torchrun(restarts=1)
        client = Client(ARGUMENTS.electra, launch.address)
        self.wait_for_ranks(client, 2)
        job = self.submit(client)
        watch = Watch(client, job)
        self.assertTrue(watch.wait_for_step(25))
        os.kill(launch.process_of(1), signal.SIGKILL)
        self.assertEqual(watch.end(), 0, watch.errors)
        self.assert_whole(launch, job)
        rows = self.steps(launch, job)
        self.assertEqual(rows[-1][2], 2)
        self.assert_same_losses(rows, self.alone())
        texts = [event["log"]["text"] for event in watch.events() if "log" in event]
        self.assertTrue(any(text.startswith("RESUMED from step ") for text in texts), texts)

    def test_the_script_for_slurm_starts_the_ranks_and_queues_itself_again(self):
        tools = self.path / "tools"
        tools.mkdir()
        (self.path / "data").mkdir()
        # srun starts the tasks, here all on one machine, and ends with the worst of their statuses.
        (tools / "srun").write_text("""#!/bin/bash
while [[ $1 == --* ]]; do shift; done
tasks=()
for ((task = 0; task < SLURM_NTASKS; ++task)); do
  SLURM_PROCID=$task SLURM_LOCALID=$task "$@" & tasks+=($!)
done
worst=0
for task in "${tasks[@]}"; do wait "$task"; s=$?; [ "$s" -gt "$worst" ] && worst=$s; done
exit "$worst"
""", encoding="utf-8")
        (tools / "scontrol").write_text(f"""#!/bin/bash
if [ "$1 $2" = "show hostnames" ]; then echo 127.0.0.1; else echo "$*" >>{tools}/asked; fi
""", encoding="utf-8")
        for tool in tools.iterdir():
            tool.chmod(0o755)
        (tools / "electrad").symlink_to(ARGUMENTS.electrad)
        address = f"127.0.0.1:{free_port()}"
        log = open(self.path / "script.log", "w+", encoding="utf-8")
        self.addCleanup(log.close)
        script = subprocess.Popen(
            ["bash", ROOT / "deploy/slurm/electrad.sbatch"], stdout=subprocess.PIPE, stderr=log,
            text=True,
            env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "SLURM_NTASKS": "2",
                 "SLURM_JOB_NODELIST": "node[1]", "SLURM_JOB_ID": str(free_port()),
                 "SLURM_CPUS_PER_TASK": "1", "ELECTRAD_LISTEN": address,
                 "ELECTRAD_DATA_DIR": str(self.path / "data"), "USER": "kim"})
        self.addCleanup(script.stdout.close)
        self.addCleanup(script.kill)
        while not (line := script.stdout.readline()).startswith("listening on"):
            self.assertTrue(line, "the script has ended")
        client = Client(ARGUMENTS.electra, address)
        self.wait_for_ranks(client, 2)
        steps = [event["step"] for event in client.events(self.submit(client, max_steps=10))
                 if "step" in event]
        self.assertEqual({step["ranks"] for step in steps}, {2})
        # As before the time limit.
        (srun,) = children_of(script.pid)
        for task in children_of(srun):
            os.kill(task, signal.SIGTERM)
        status = script.wait(timeout=120)
        log.seek(0)
        self.assertEqual(status, 0, log.read())
        self.assertIn("requeue ", (tools / "asked").read_text(encoding="utf-8"))

    def test_a_launch_that_makes_no_sense_is_refused(self):
        def electrad(*arguments, **variables):
            environment = {key: value for key, value in os.environ.items() if key != "RANK"}
            return subprocess.run([ARGUMENTS.electrad, *arguments], capture_output=True, text=True,
                                  timeout=60, env={**environment, **variables})
        alone = electrad("worker")
        self.assertEqual(alone.returncode, 2)
        self.assertIn("RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT", alone.stderr)
        half = electrad(RANK="1", WORLD_SIZE="2")
        self.assertEqual(half.returncode, 2)
        self.assertIn("MASTER_ADDR", half.stderr)

    def test_a_worker_waits_for_rank_0_until_it_is_told_to_stop(self):
        launch = self.launch()
        launch.start_worker(1, command=())  # RANK=1 alone makes it a worker
        launch.start_daemon()
        client = Client(ARGUMENTS.electra, launch.daemon.address)
        self.wait_for_ranks(client, 2)
        launch.daemon.process.kill()
        launch.daemon.process.wait()
        # Nobody answers any more: a supervisor starts it again.
        self.assertEqual(launch.workers[1].wait(timeout=60), 1)
        launch.start_worker(1)
        launch.wait_for_log(1, "event=worker_started", 2)
        launch.workers[1].send_signal(signal.SIGTERM)
        self.assertEqual(launch.workers[1].wait(timeout=60), 0)


class NetworkTest(RanksCase):
    """Two machines, as far as the network goes."""

    def setUp(self):
        super().setUp()
        if INSIDE not in os.environ:
            self.skipTest(f"the kernel refuses namespaces: {unshare().stderr.strip()}")
        self.network = Namespaces()
        self.addCleanup(self.network.close)

    def across(self, *arguments):
        launch = self.launch(arguments=arguments, master=Namespaces.ADDRESSES[0],
                             prefixes=[self.network.prefix(0), self.network.prefix(1)])
        client = Client(ARGUMENTS.electra, launch.daemon.address)
        # The client runs beside the daemon.
        client.spawn = lambda *words, **options: subprocess.Popen(
            [*self.network.prefix(0), ARGUMENTS.electra, *map(str, words)], text=True,
            encoding="utf-8", env=client.environment, **options)

        def run(*words, expect=0):
            result = subprocess.run(
                [*self.network.prefix(0), ARGUMENTS.electra, *map(str, words)],
                capture_output=True, text=True, encoding="utf-8", env=client.environment,
                timeout=600)
            self.assertTrue(expect is None or result.returncode == expect, result.stderr)
            return result
        client.run = run
        return launch.start(), client

    def test_a_cut_link_ends_the_step_within_30_seconds(self):
        launch, client = self.across("--rank-join-timeout", 2)
        self.wait_for_ranks(client, 2)
        job = self.submit(client)
        watch = Watch(client, job)
        self.assertTrue(watch.wait_for_step(25))
        self.network.set_link("down")
        cut = time.monotonic()
        self.assertTrue(watch.wait_for(
            lambda event: event.get("log", {}).get("severity") == "WARNING"))
        # 30, the step that was under way, and what a busy machine adds.
        self.assertLess(time.monotonic() - cut, 60)
        self.assertTrue(watch.wait_for(lambda event: event.get("step", {}).get("ranks") == 1))
        self.assertEqual(watch.end(), 0)
        self.assert_whole(launch.daemon, job)
        self.assert_nothing_missed(watch)
        # The rank that was cut off has ended; it joins again when it is restarted after the link is
        # back.
        self.assertEqual(launch.workers[1].wait(timeout=120), 1)
        self.assertIn("rank 0 does not answer", launch.worker_log(1))
        self.network.set_link("up")
        launch.start_worker(1)
        self.wait_for_ranks(client, 2, deadline=120)
        again = self.submit(client, max_steps=20)
        client.events(again)
        self.assertEqual({ranks for _, _, ranks in self.steps(launch.daemon, again)}, {2})


def unshare():
    """Whether this process may have namespaces: as root of a user's own."""
    return subprocess.run([*UNSHARE, "--net", "true"], capture_output=True, text=True, check=False)


def main():
    global ARGUMENTS
    if "NetworkTest" in sys.argv and INSIDE not in os.environ and unshare().returncode == 0:
        os.execvpe(UNSHARE[0], [*UNSHARE, sys.executable, "-B", *sys.argv],
                   {**os.environ, INSIDE: "1"})
    parser = argparse.ArgumentParser()
    for name in ("electrad", "electra", "corpus", "torchrun"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--steps", type=int, default=300)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
