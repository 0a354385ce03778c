#!/usr/bin/env python3
"""Our tokenizer beside Hugging Face's, each on one thread, in the same run.

    tokenizer_bench.py TOKENIZER_BENCH VOCAB FILE ... [--seconds S] [--rounds N]
    tokenizer_bench.py TOKENIZER_BENCH --train SIZE FILE     trainers: tokens of the text under each
    tokenizer_bench.py TOKENIZER_BENCH VOCAB --prepare MIB FILE   memory and time of a large corpus

TOKENIZER_BENCH is the binary of tokenizer_bench.cc. The two take turns; the best round of each
counts. `batch` is their encode_batch_fast (no offsets, the fastest call they have) over all lines,
`single` their encode line by line.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers  # noqa: E402


def make(model):
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def read_lines(paths):
    lines = []
    for path in paths:
        lines += path.read_bytes().decode("utf-8").split("\n")[:-1]
    return lines


def count(encodings):
    return sum(len(encoding.ids) for encoding in encodings)


def rate(work, seconds):
    """Tokens a second of `work`, which returns its tokens; counting them is not timed."""
    spent, tokens = 0.0, 0
    while spent < seconds:
        start = time.perf_counter()
        encodings = work()
        spent += time.perf_counter() - start
        tokens += count(encodings)
    return tokens / spent


def compare_speed(arguments):
    files = arguments.files
    lines = read_lines(files)
    theirs = make(models.WordPiece.from_file(str(arguments.vocab), unk_token="[UNK]"))
    best = {"ours": 0.0, "batch": 0.0, "single": 0.0}
    command = [arguments.bench, "encode", arguments.vocab, str(arguments.seconds), *files]
    for _ in range(arguments.rounds):
        ours = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        best["ours"] = max(best["ours"], ours["tokens_per_second"])
        best["batch"] = max(best["batch"], rate(
            lambda: theirs.encode_batch_fast(lines, add_special_tokens=False), arguments.seconds))
        best["single"] = max(best["single"], rate(
            lambda: [theirs.encode(line, add_special_tokens=False) for line in lines],
            arguments.seconds))
    expected = count(theirs.encode_batch_fast(lines, add_special_tokens=False))
    if ours["tokens"] != expected:
        sys.exit(f"{ours['tokens']} tokens, theirs {expected}")
    print(f"{len(lines)} lines, {expected} tokens")
    print(f"ours                 {best['ours']:14,.0f} tokens/s  ({ours['bytes_per_second'] / 1e6:.0f} MB/s)")
    for name in ("batch", "single"):
        print(f"tokenizers, {name:8} {best[name]:14,.0f} tokens/s  ratio {best['ours'] / best[name]:.1f}")


def compare_training(arguments):
    lines = read_lines(arguments.files)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    theirs = make(models.WordPiece(unk_token="[UNK]"))
    trainer = trainers.WordPieceTrainer(vocab_size=arguments.train, min_frequency=2,
                                        limit_alphabet=1000, special_tokens=special,
                                        show_progress=False)
    start = time.perf_counter()
    theirs.train_from_iterator(lines, trainer)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    vocab_txt = subprocess.run([arguments.bench, "train", str(arguments.train), *arguments.files],
                               stdout=subprocess.PIPE, check=True).stdout
    ours_seconds = time.perf_counter() - start
    with tempfile.NamedTemporaryFile() as file:
        file.write(vocab_txt)
        file.flush()
        ours = make(models.WordPiece.from_file(file.name, unk_token="[UNK]"))
    results = {}
    for name, tokenizer, spent in (("ours", ours, ours_seconds), ("tokenizers", theirs, seconds)):
        encodings = tokenizer.encode_batch_fast(lines, add_special_tokens=False)
        unknown = sum(e.ids.count(tokenizer.token_to_id("[UNK]")) for e in encodings)
        results[name] = count(encodings)
        print(f"{name:11} {tokenizer.get_vocab_size():6} in the vocabulary, {results[name]:8} tokens, "
              f"{unknown} unknown, {spent:.2f} s")
    print(f"ratio {results['ours'] / results['tokenizers']:.4f}")


def prepare(arguments):
    """A corpus of MIB mebibytes, made by repeating the files."""
    text = b"".join(path.read_bytes().rstrip(b"\n") + b"\n" for path in arguments.files)
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as folder:
        corpus = pathlib.Path(folder) / "corpus.txt"
        with open(corpus, "wb") as file:
            while file.tell() < arguments.prepare << 20:
                file.write(text)
        print(subprocess.run([arguments.bench, "prepare", arguments.vocab, corpus,
                              pathlib.Path(folder) / "cache"],
                             stdout=subprocess.PIPE, check=True, text=True).stdout.strip())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--train", type=int, metavar="SIZE")
    parser.add_argument("--prepare", type=int, metavar="MIB")
    parser.add_argument("--scratch", type=pathlib.Path, help="folder for --prepare")
    arguments = parser.parse_intermixed_args()
    if arguments.train is None:
        arguments.vocab, *arguments.files = arguments.files
    if arguments.train is not None:
        compare_training(arguments)
    elif arguments.prepare is not None:
        prepare(arguments)
    else:
        compare_speed(arguments)


if __name__ == "__main__":
    main()
