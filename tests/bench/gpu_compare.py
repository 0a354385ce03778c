#!/usr/bin/env python3
"""The training step on a card against the same objective with `transformers`, on the same ids.

    engine_bench --corpus books.csv --column sen --vocab vocab.txt --write-ids ids.txt
    gpu_compare.py --ids ids.txt --vocab-size 40000 --bench build/gpu/bin/engine_bench
                   [--model base] [--batch 128] [--steps 40] [--device cuda:0]

The peer is written well: bfloat16 autocast, SDPA, fused AdamW, ids on the device before the clock
starts, logits of masked tokens only, one wait for the device at the end. It runs four times: with
each batch padded to its longest sequence in the corpus's order, and with sequences grouped by their
lengths; each with and without torch.compile. Real tokens a second count, padding does not. The
engine is to reach 3 times the first and 1.5 times the last. Needs torch and transformers.
"""
import argparse
import re
import subprocess
import time

import torch
import transformers

# As core/shape/presets.cc has them: embedding, then generator and discriminator with hidden size,
# layers, heads and feed-forward size.
SHAPES = {"tiny": (128, (64, 2, 1, 256), (128, 2, 2, 512)),
          "small": (128, (256, 12, 4, 1024), (256, 12, 4, 1024)),
          "base": (768, (256, 12, 4, 1024), (768, 12, 12, 3072)),
          "large": (1024, (256, 24, 4, 1024), (1024, 24, 16, 4096))}
CLS, SEP, MASK, PAD = 2, 3, 4, 0
WARM_UP = 5  # compiled code is made in the first steps


def config(embedding, shape, vocab_size):
    hidden, layers, heads, feed_forward = shape
    return transformers.ElectraConfig(
        vocab_size=vocab_size, embedding_size=embedding, hidden_size=hidden,
        num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=feed_forward,
        pad_token_id=PAD, attn_implementation="sdpa")


class Pair(torch.nn.Module):
    """Both networks and their loss."""

    def __init__(self, model, vocab_size):
        super().__init__()
        embedding, generator, discriminator = SHAPES[model]
        self.generator = transformers.ElectraForMaskedLM(config(embedding, generator, vocab_size))
        self.discriminator = transformers.ElectraForPreTraining(
            config(embedding, discriminator, vocab_size))
        self.discriminator.electra.embeddings.word_embeddings = \
            self.generator.electra.embeddings.word_embeddings

    def forward(self, ids, real, masked):
        """ids, real [batch, length]; masked [n], indices into the flat batch."""
        flat = ids.flatten()
        seen = flat.scatter(0, masked, MASK).view_as(ids)
        hidden = self.generator.electra(seen, attention_mask=real).last_hidden_state
        hidden = hidden.flatten(0, 1).index_select(0, masked)
        logits = self.generator.generator_lm_head(self.generator.generator_predictions(hidden))
        labels = flat.index_select(0, masked)
        loss = torch.nn.functional.cross_entropy(logits.float(), labels)
        with torch.no_grad():
            noise = torch.empty_like(logits, dtype=torch.float32).exponential_().log_()
            sampled = (logits.float() - noise).argmax(-1)
        fakes = flat.scatter(0, masked, sampled)
        judged = self.discriminator(fakes.view_as(ids), attention_mask=real).logits.flatten()
        kept = real.flatten().bool()
        wrong = torch.nn.functional.binary_cross_entropy_with_logits(
            judged.float(), (fakes != flat).float(), weight=kept.float(), reduction="sum")
        return loss + 50 * wrong / kept.sum()


def batches(sequences, size, count, grouped, device):
    """Batches on the device, and the real tokens of each."""
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i])) if grouped else \
        range(len(sequences))
    order = list(order)
    generator = torch.Generator().manual_seed(1)
    made = []
    for number in range(count):
        chosen = [sequences[order[(number * size + i) % len(order)]] for i in range(size)]
        longest = max(map(len, chosen))
        ids = torch.full((size, longest), PAD)
        for row, sequence in enumerate(chosen):
            ids[row, :len(sequence)] = torch.tensor(sequence)
        maskable = ((ids != PAD) & (ids != CLS) & (ids != SEP)).flatten()
        drawn = torch.rand(maskable.shape, generator=generator)
        masked = (maskable & (drawn < 0.15)).nonzero().squeeze(1)
        made.append((ids.to(device), (ids != PAD).long().to(device), masked.to(device),
                     sum(map(len, chosen))))
    return made


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def measure(arguments, sequences, grouped, compiled):
    """Real tokens a second."""
    device = torch.device(arguments.device)
    torch.manual_seed(1)
    pair = Pair(arguments.model, arguments.vocab_size).to(device).train()
    step = torch.compile(pair, dynamic=True) if compiled else pair
    optimizer = torch.optim.AdamW(pair.parameters(), lr=2e-4, eps=1e-6, weight_decay=0.01,
                                  fused=True)
    made = batches(sequences, arguments.batch, WARM_UP + arguments.steps, grouped, device)
    tokens, start = 0, 0.0
    for number, (ids, real, masked, count) in enumerate(made):
        if number == WARM_UP:
            wait(device)
            start = time.perf_counter()
        with torch.autocast(device.type, torch.bfloat16):
            loss = step(ids, real, masked)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(pair.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens += count if number >= WARM_UP else 0
    wait(device)
    return tokens / (time.perf_counter() - start)


def engine(arguments):
    said = subprocess.run(
        [arguments.bench, "--ids", arguments.ids, "--vocab-size", str(arguments.vocab_size),
         "--model", arguments.model, "--batch", str(arguments.batch), "--steps",
         str(arguments.steps + WARM_UP), "--device", arguments.device],
        check=True, capture_output=True, text=True).stdout
    print(said.strip())
    return float(re.search(r"([\d.]+) tokens/s", said)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ids", required=True, help="a sequence of token ids a line")
    parser.add_argument("--vocab-size", type=int, required=True)
    parser.add_argument("--bench", help="engine_bench; without it the peer runs alone")
    parser.add_argument("--model", choices=SHAPES, default="base")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--device", default="cuda:0")
    arguments = parser.parse_args()
    with open(arguments.ids, encoding="utf-8") as file:
        sequences = [[CLS, *map(int, line.split()[:arguments.max_length - 2]), SEP]
                     for line in file if line.strip()]
    reached = engine(arguments) if arguments.bench else None
    for grouped in (False, True):
        for compiled in (False, True):
            name = ("grouped" if grouped else "padded") + (", compiled" if compiled else "")
            speed = measure(arguments, sequences, grouped, compiled)
            ratio = f"\tengine {reached / speed:.2f} x" if reached else ""
            print(f"transformers, {name}\t{speed:.0f} tokens/s{ratio}", flush=True)


if __name__ == "__main__":
    main()
