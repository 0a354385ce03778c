"""`electrad selftest` on a processor, and what its exit status says."""
import argparse
import json
import os
import signal
import subprocess
import sys
import unittest

OPTIONS = None  # set by main

FIELDS = {"check": str, "measured": str, "limit": str, "verdict": str, "note": str,
          "seconds": (int, float)}

# What a processor cannot show; each says why.
CARDS_ALONE = {
    "device: compute capability", "device: NCCL", "loss in bfloat16 against float32",
    "loss in float16 against float32", "speed: host's time of a step",
    "speed: cost of deterministic", "failure: memory runs out",
    "failure: the same bits afterwards", "failure: a bad shape"}


# Its models are too small for more threads to help, and threads that wait for each other do so at
# the cost of other tests.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def run(*arguments, program=None):
    return subprocess.run([program or OPTIONS.electrad, *arguments], capture_output=True, text=True,
                          env=ENVIRONMENT)


class SelftestTest(unittest.TestCase):
    def test_every_check_passes_on_a_processor(self):
        result = run("selftest", "--device", "cpu", "--quick", "--json")
        *checks, tally = map(json.loads, result.stdout.splitlines())
        for check in checks:
            self.assertEqual(list(check), list(FIELDS))
            for name, kind in FIELDS.items():
                self.assertIsInstance(check[name], kind, check)
            self.assertIn(check["verdict"], ("pass", "not here"), check)
        not_here = {check["check"] for check in checks if check["verdict"] == "not here"}
        self.assertEqual(not_here, CARDS_ALONE)
        for check in checks:
            if check["verdict"] == "not here":
                self.assertTrue(check["note"], check)
        self.assertEqual(tally, {"passed": len(checks) - len(not_here), "failed": 0,
                                 "not_here": len(not_here)})
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_a_missing_card_has_a_status_of_its_own(self):
        result = run("selftest", "--device", "cuda:77")
        self.assertEqual(result.returncode, 69)
        self.assertIn("device cuda:77 is not there", result.stdout)
        self.assertEqual(len(result.stdout.splitlines()), 1)

    def test_a_misspelled_device_is_no_device(self):
        result = run("selftest", "--device", "gpu", "--json")
        self.assertEqual(result.returncode, 69)
        self.assertIn('it must be auto, cpu, cuda or cuda:N', json.loads(result.stdout)["note"])

    def test_an_unknown_option_is_an_error_of_arguments(self):
        self.assertEqual(run("selftest", "--fast").returncode, 2)
        self.assertEqual(run("--fast", program=OPTIONS.engine_selftest).returncode, 2)

    def test_the_engine_alone_has_the_same_program(self):
        result = run("--device", "cuda:77", "--json", program=OPTIONS.engine_selftest)
        self.assertEqual(result.returncode, 69)
        self.assertEqual(json.loads(result.stdout)["verdict"], "not here")

    def test_a_signal_ends_it(self):
        """The daemon's way with signals would leave it running until the last check."""
        with subprocess.Popen([OPTIONS.electrad, "selftest", "--device", "cpu"],
                              stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
            process.stdout.readline()  # the first check is over
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=60), -signal.SIGINT)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--engine-selftest", required=True)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
