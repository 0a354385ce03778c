"""Ranks as processes, started as launchers start them: by torchrun, and one by one with the same
environment, as srun and Kubernetes do, so that one can be killed without the others.

    test_processes.py RANK_TOOL
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

TOOL = pathlib.Path(sys.argv.pop(1)).resolve()
TORCHRUN = pathlib.Path(sys.executable).parent / "torchrun"
WORDS = ["데이터", "모델", "학습", "서버", "언어", "코드"]
DEADLINE = 120  # seconds, of a process that should long have ended


def clean_environment():
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
    kept = {k: v for k, v in os.environ.items() if k not in names and "TORCHELASTIC" not in k}
    return {**kept, "OMP_NUM_THREADS": "1"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Output:
    """What a process prints, line by line; a test may wait for a line."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.process.wait()
            self.changed.notify_all()

    def wait_for(self, start, after=0):
        """The index of the first line from `after` on that starts so."""

        def find():
            for i, line in enumerate(self.lines[after:], after):
                if line.startswith(start):
                    return i
            return None

        with self.changed:
            self.changed.wait_for(
                lambda: find() is not None or self.process.returncode is not None, DEADLINE
            )
            if find() is None:
                raise AssertionError(f"no line {start!r} in:\n" + "\n".join(self.lines))
            return find()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.reader.join()
        self.process.stdout.close()

    def finish(self):
        self.reader.join(DEADLINE)
        if self.reader.is_alive():
            raise AssertionError("it does not end:\n" + "\n".join(self.lines))
        return self.process.returncode


def steps_of(lines):
    """Losses by step, as a history keeps them: a later line of a step is the one that counts."""
    steps = {}
    for line in lines:
        if line.startswith("step "):
            _, step, loss, tokens, ranks, _ = line.split()
            steps[int(step)] = (float(loss), int(tokens), int(ranks))
        elif line.startswith("resumed "):
            steps = {n: v for n, v in steps.items() if n <= int(line.split()[1])}
    return steps


class ProcessesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        lines = []
        for i in range(60):
            picked = [WORDS[(i * 7 + j * (i % 3 + 1)) % len(WORDS)] for j in range(4 + i % 5)]
            lines.append(" ".join(picked) + "\n")
        (cls.root / "corpus.txt").write_text("".join(lines), encoding="utf-8")
        cls.jobs = 0
        cls.alone = cls.run_alone()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def command(cls, job=None, timeouts=(20, 120), **settings):
        if job is None:
            cls.jobs += 1
            job = f"job-{cls.jobs}"
        (cls.root / job).mkdir(exist_ok=True)
        values = {
            "learning_rate": 5e-4, "batch_size": 8, "max_steps": 20, "max_length": 32,
            "sample_every": 0, "eval_steps": 0, "save_steps": 5, "vocab_size": 120, "device": "cpu",
            "load_best_model_at_end": False,
        }  # fmt: skip
        values.update(settings)
        return [
            TOOL, cls.root / "corpus.txt", cls.root / job, json.dumps(values), *map(str, timeouts)
        ]  # fmt: skip

    @classmethod
    def run_alone(cls, **settings):
        done = subprocess.run(
            cls.command(**settings), env=clean_environment(), stdout=subprocess.PIPE, text=True,
            timeout=DEADLINE, check=True,
        )  # fmt: skip
        return steps_of(done.stdout.splitlines())

    def start(self, command, environment):
        process = subprocess.Popen(
            command, env={**clean_environment(), **environment}, stdout=subprocess.PIPE, text=True
        )
        output = Output(process)
        self.addCleanup(output.close)
        return output

    def torchrun(self, processes, command, *options):
        return self.start(
            [TORCHRUN, "--no-python", f"--nproc-per-node={processes}", "--master-addr=127.0.0.1",
             f"--master-port={free_port()}", *options, *command],
            {},
        )  # fmt: skip

    def launch(self, count, command, port=None, ranks=None):
        """As srun does: the same command, an environment each."""
        port = port or free_port()
        environment = {
            "WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)
        }  # fmt: skip
        return [
            self.start(command, {**environment, "RANK": str(rank), "LOCAL_RANK": str(rank)})
            for rank in (ranks if ranks is not None else range(count))
        ]

    def assert_same_steps(self, steps, tolerance=1e-6, expected=None):
        expected = expected or self.alone
        self.assertEqual(steps.keys(), expected.keys())
        for number, (loss, tokens, _) in steps.items():
            self.assertAlmostEqual(loss / expected[number][0], 1, delta=tolerance, msg=number)
            self.assertEqual(tokens, expected[number][1])

    def test_torchrun_with_two_and_four_processes_takes_the_same_steps(self):
        for count in (2, 4):
            output = self.torchrun(count, self.command())
            self.assertEqual(output.finish(), 0, output.lines)
            steps = steps_of(output.lines)
            self.assert_same_steps(steps)
            self.assertEqual({ranks for _, _, ranks in steps.values()}, {count})
            self.assertIn(f"ranks {count}", output.lines)

    def test_accumulation_sharding_and_compression_over_processes(self):
        accumulated = {"batch_size": 3, "gradient_accumulation_steps": 3}
        output = self.torchrun(2, self.command(zero_redundancy_optimizer=True, **accumulated))
        self.assertEqual(output.finish(), 0, output.lines)
        self.assert_same_steps(
            steps_of(output.lines), expected=self.run_alone(**accumulated)
        )
        output = self.torchrun(2, self.command(gradient_compression="bf16"))
        self.assertEqual(output.finish(), 0, output.lines)
        self.assert_same_steps(steps_of(output.lines), tolerance=0.02)

    def test_a_job_may_take_fewer_ranks_than_there_are(self):
        output = self.torchrun(3, self.command(devices=2))
        self.assertEqual(output.finish(), 0, output.lines)
        self.assertEqual({ranks for _, _, ranks in steps_of(output.lines).values()}, {2})

    def test_a_killed_worker_ends_the_step_and_training_goes_on_without_it(self):
        leader, first, second = self.launch(3, self.command(timeouts=(20, 20)))
        leader.wait_for("step 8 ")
        first.process.send_signal(signal.SIGKILL)
        lost = leader.wait_for("message a rank was lost")
        self.assertEqual(leader.finish(), 0, leader.lines)
        self.assertIn("checkpoint of step", leader.lines[lost])
        leader.wait_for("message training goes on with 2 of 3 ranks: rank 1 did not come", lost)
        steps = steps_of(leader.lines)
        self.assert_same_steps(steps)
        self.assertEqual(steps[5][2], 3)
        self.assertEqual(steps[20][2], 2)
        self.assertEqual(second.finish() in (0, 1), True)

    def test_a_worker_that_comes_back_takes_part_again(self):
        port = free_port()
        command = self.command(timeouts=(20, 60), max_steps=200)
        leader, worker = self.launch(2, command, port)
        leader.wait_for("step 8 ")
        worker.process.send_signal(signal.SIGKILL)
        lost = leader.wait_for("message a rank was lost")
        # What a launcher brings back in time is waited for.
        (again,) = self.launch(2, command, port, ranks=[1])
        leader.wait_for("message 2 ranks share each step", lost)
        self.assertEqual(leader.finish(), 0, leader.lines)
        self.assertEqual(steps_of(leader.lines)[200][2], 2)
        again.finish()

    def test_a_worker_that_comes_late_takes_part_from_a_checkpoint_on(self):
        port = free_port()
        command = self.command(timeouts=(20, 0), max_steps=2000, save_steps=3)
        (leader,) = self.launch(2, command, port, ranks=[0])
        alone = leader.wait_for("step 4 ")
        self.assertEqual(leader.lines[alone].split()[4], "1")
        (worker,) = self.launch(2, command, port, ranks=[1])
        begun = leader.wait_for("message 2 ranks share each step", alone)
        self.assertIn("resumed", "".join(leader.lines[alone:begun]))
        leader.process.send_signal(signal.SIGTERM)
        self.assertEqual(leader.finish(), 0)
        worker.finish()

    def test_a_worker_that_is_stopped_ends_without_an_error(self):
        leader, worker = self.launch(2, self.command(max_steps=2000))
        worker.wait_for("worker a job has begun")
        leader.wait_for("step 4 ")
        worker.process.send_signal(signal.SIGTERM)
        self.assertEqual(worker.finish(), 0, worker.lines)
        leader.process.send_signal(signal.SIGTERM)
        self.assertEqual(leader.finish(), 0, leader.lines)

    def test_a_worker_says_that_rank_0_is_gone(self):
        leader, worker = self.launch(2, self.command(max_steps=2000))
        worker.wait_for("worker a job has begun")
        leader.wait_for("step 4 ")
        leader.process.send_signal(signal.SIGKILL)
        self.assertEqual(worker.finish(), 1)
        worker.wait_for("failed UNAVAILABLE: rank 0 does not answer any more")

    def test_torchrun_starts_all_again_and_the_job_goes_on(self):
        output = self.torchrun(2, self.command(max_steps=300), "--max-restarts=1")
        worker = output.lines[output.wait_for("pid 1 ")].split()[2]
        output.wait_for("checkpoint 5")
        os.kill(int(worker), signal.SIGKILL)
        output.wait_for("resumed ")
        self.assertEqual(output.finish(), 0, output.lines)
        steps = steps_of(output.lines)
        self.assertEqual(sorted(steps), list(range(1, 301)))
        self.assertEqual(steps[300][2], 2)

    def test_an_address_that_cannot_be_used_is_said(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            (leader,) = self.launch(
                2, self.command(), port=taken.getsockname()[1], ranks=[0]
            )
            self.assertEqual(leader.finish(), 1)
            leader.wait_for("failed UNAVAILABLE: cannot wait for the other ranks at 127.0.0.1:")


if __name__ == "__main__":
    unittest.main(verbosity=2)
