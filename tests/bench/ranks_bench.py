"""What a second rank brings on this machine's processors, and what ranks send each other.

    ranks_bench.py --bench build/release/bin/trainer_bench --corpus books_ko.csv --column sen
                   --vocab vocab_ko.txt [--model small] [--steps 12] [--repeat 3]

One process with one thread against two of them, in turn, on the same steps; then bytes on the
loopback interface of a network namespace of their own, of a run of STEPS and one of twice as many,
so that what the beginning sends cancels out. Needs leave to make a namespace for the latter.
"""

import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def launch(options, folder, ranks, settings, steps):
    """Tokens a second of `ranks` processes with a thread each."""
    values = {
        "batch_size": options.batch, "max_steps": steps, "max_length": 128, "learning_rate": 1e-4,
        "sample_every": 0, "eval_steps": 0, "save_steps": 0, "validation_split_percentage": 0,
        "device": "cpu", **settings,
    }  # fmt: skip
    command = [
        options.bench, folder, options.corpus, options.column, options.vocab, options.model,
        json.dumps(values), "1",
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    port = str(free_port())
    processes = []
    for rank in range(ranks):
        own = dict(environment)
        if ranks > 1:
            own.update(
                RANK=str(rank), WORLD_SIZE=str(ranks), LOCAL_RANK=str(rank),
                MASTER_ADDR="127.0.0.1", MASTER_PORT=port,
            )  # fmt: skip
        # Each on a processor of its own, as many as there are.
        pinned = ["taskset", "-c", str(rank % os.cpu_count()), *map(str, command)]
        processes.append(
            subprocess.Popen(pinned, env=own, stdout=subprocess.PIPE, text=True)
        )
    output = processes[0].communicate()[0]
    for process in processes:
        if process.wait() != 0:
            raise SystemExit("trainer_bench failed")
    steps_done = [list(map(float, line.split())) for line in output.splitlines()][1:]
    return sum(tokens for tokens, _ in steps_done) / sum(seconds for _, seconds in steps_done)


def loopback_bytes():
    for line in pathlib.Path("/proc/net/dev").read_text().splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == "lo":
            return int(numbers.split()[8])
    raise SystemExit("there is no loopback interface")


def gradient_bytes(folder):
    """Of float32 gradients: as many numbers as the checkpoint has first moments."""
    (path,) = pathlib.Path(folder).glob("job/checkpoints/step-*/optimizer.safetensors")
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    size = 0
    for name, tensor in header.items():
        if name.startswith("first_moment."):
            size += tensor["data_offsets"][1] - tensor["data_offsets"][0]
    return size


def measure_bytes(options, folder):
    """In this process's own network namespace."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name, settings, payload in (
        ("float32", {}, 1.0),
        ("bf16", {"gradient_compression": "bf16"}, 0.5),
    ):
        used = []
        for steps in (options.steps, 2 * options.steps):
            before = loopback_bytes()
            launch(options, folder, 2, settings, steps)
            used.append(loopback_bytes() - before)
        gradient = gradient_bytes(folder)
        a_step = (used[1] - used[0]) / options.steps / 2  # of each of two ranks
        ideal = gradient * payload * 2 * (2 - 1) / 2
        print(
            f"bytes\t{name}\tgradient {gradient / 1e6:.1f} MB\tsent by a rank in a step "
            f"{a_step / 1e6:.1f} MB\tideal {ideal / 1e6:.1f} MB\tratio {a_step / ideal:.3f}",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--column", default="sen")
    parser.add_argument("--vocab", required=True)
    parser.add_argument("--model", default="small")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--bytes-only", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.bytes_only:
            measure_bytes(options, folder)
            return
        ratios = []
        for _ in range(options.repeat):
            one = launch(options, folder, 1, {}, options.steps)
            two = launch(options, folder, 2, {}, options.steps)
            ratios.append(two / one)
            print(
                f"ranks\t{options.model}\tbatch {options.batch}\tone {one:.1f} tokens/s\t"
                f"two {two:.1f} tokens/s\tratio {two / one:.3f}",
                flush=True,
            )
        print(f"ratio\tmedian {statistics.median(ratios):.3f}")
    again = ["unshare", "--net", sys.executable, __file__, "--bytes-only", *sys.argv[1:]]
    subprocess.run(again, check=True)


if __name__ == "__main__":
    main()
