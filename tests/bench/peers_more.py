#!/usr/bin/env python3
"""Two more peers of the engine, made of a peers.py's own `hf`: what a careful user would try.

  hf-sorted    the same sentences, but each batch has those of like lengths: little is padded
  hf-compiled  both networks under torch.compile (inductor), shapes dynamic; it compiles before the
               steps that are timed

    peers_more.py PEERS.py CORPUS.txt [options of PEERS.py] --peers hf-sorted,hf-compiled

Prints a line a peer, as PEERS.py does. Needs what PEERS.py needs, and hf-compiled a C++ compiler.
"""

import argparse
import contextlib
import importlib.util
import io
import random
import sys
import tempfile

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers


def load(path):
    spec = importlib.util.spec_from_file_location("peers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sort_batches(lines, options):
    """The lines that the steps take, in batches of like lengths, the batches in any order."""
    tokenizer = Tokenizer(models.WordPiece.from_file(options.vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    taken = lines[: options.steps * options.batch]
    taken.sort(key=lambda line: len(tokenizer.encode(line).ids))
    batches = [taken[i : i + options.batch] for i in range(0, len(taken), options.batch)]
    random.Random(0).shuffle(batches)
    batches.sort(key=len, reverse=True)  # one that is not full comes last, or others would shift
    return [line for batch in batches for line in batch]


def compile_networks(peers, build):
    """`build`, whose networks are compiled, and have been run forth and back at some widths."""

    def compiled(size, vocab):
        generator, discriminator = build(size, vocab)
        generator.electra = torch.compile(generator.electra, dynamic=True)
        discriminator.forward = torch.compile(discriminator.forward, dynamic=True)
        for width in (24, 40, 57):
            ids = torch.randint(5, vocab, (16, width))
            ids[0, width // 2 :] = 0
            ids[:, 0] = 2
            mask = (ids != 0).long()
            peers.step("hf", generator, discriminator, ids, mask, torch.tensor([0, 2]), 4, vocab).backward()
        generator.zero_grad()
        discriminator.zero_grad()
        return generator, discriminator

    return compiled


def run(peers, name, corpus, arguments):
    output = io.StringIO()
    sys.argv = ["peers.py", corpus, *arguments, "--peers", "hf"]
    with contextlib.redirect_stdout(output):
        peers.main()
    for line in output.getvalue().splitlines():
        if line.startswith("hf\t"):
            print(name + line[len("hf") :], flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers_py")
    parser.add_argument("corpus")
    parser.add_argument("--peers", default="hf-sorted,hf-compiled")
    chosen, rest = parser.parse_known_args()
    parser.add_argument("--vocab", required=True)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=12)
    options, _ = parser.parse_known_args()
    for name in chosen.peers.split(","):
        peers = load(chosen.peers_py)
        if name == "hf-compiled":
            peers.build = compile_networks(peers, peers.build)
            run(peers, name, chosen.corpus, rest)
        elif name == "hf-sorted":
            with open(chosen.corpus, encoding="utf-8") as file:
                lines = [line.strip() for line in file if line.strip()]
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as by_length:
                by_length.write("\n".join(sort_batches(lines, options)) + "\n")
                by_length.flush()
                run(peers, name, by_length.name, rest)
        else:
            parser.error(f"no peer {name}: hf-sorted or hf-compiled")


if __name__ == "__main__":
    main()
