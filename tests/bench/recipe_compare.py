"""Trains one pair twice, by electrad and by electra-pytorch's class `Electra`, and compares both.

    recipe_compare.py --electrad build/release/bin/electrad --electra build/release/bin/electra \
        [--corpus templates|books] [--seeds 3] [--rungs steps,sampling,...] [--detail NAME ...]
        [--at-rest]

Both start from the same random pair in Hugging Face directories and read the same sentences with
the same schedule, AdamW groups and clipping. The rungs of a ladder say what of the rest is on: on
the first (`steps`) batches, masks, replacements and samples are equal and dropout is 0, so that
each step's losses must agree; each of the others switches one thing on. A detail (--detail) is what
electra-pytorch, its script or another framework does otherwise; it is switched on for it alone.
Prints losses on held-out text with fixed masks: mean and standard deviation over the seeds. Needs a
Python with torch, transformers, tokenizers and electra-pytorch. Exit status 1 where the losses of
`steps` differ.
"""
import argparse
import csv
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

import torch
from recipe_electra_pytorch import (BATCH, CLS, DETAILS, LEARNING_RATE, MASK, PAD, SEP, WARMUP,
                                    load_pair, padded, share, train_theirs)
from recipe_masks import masked_positions
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch.nn import functional
from transformers import ElectraConfig, ElectraForMaskedLM, ElectraForPreTraining, logging

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))
from rig import Client, Daemon  # noqa: E402

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MAX_LENGTH = 128
STEP_TOLERANCE = 1e-4  # of a step's losses, relative
LIKELIEST = 1e-6       # a temperature at which the generator's likeliest token is sampled

# What is on, rung by rung; all that stands before stays on.
RUNGS = ["steps", "sampling", "hidden_dropout", "attention_dropout", "masks", "order"]
# Dropouts (hidden, attention) under which a pair that is not trained is looked at.
AT_REST = [(0.3, 0.0), (0.0, 0.3), (0.1, 0.1), (0.0, 0.0)]


# Corpora.
def template_sentences(count, seed):
    """Sentences whose words follow from each other: who does what with which of a few things, where
    and when, some with a second clause. A pair of `tiny` learns them within minutes."""
    rng = random.Random(seed)
    things = {f"who{i}": [f"thing{(3 * i + k) % 60}" for k in range(4)] for i in range(30)}
    verbs = {f"thing{i}": [f"does{i % 20}", f"does{(i + 7) % 20}"] for i in range(60)}
    places = {f"does{i}": [f"place{i % 12}", f"place{(i + 5) % 12}"] for i in range(20)}

    def clause():
        who = rng.choice(list(things))
        thing = rng.choice(things[who])
        verb = rng.choice(verbs[thing])
        words = [who, "the", thing, verb]
        if rng.random() < 0.7:
            words += ["in", rng.choice(places[verb])]
        if rng.random() < 0.4:
            words += ["at", f"hour{rng.randrange(24)}"]
        return words

    sentences = []
    while len(sentences) < count:
        words = clause()
        if rng.random() < 0.35:
            words += [rng.choice(["and", "but", "while"]), *clause()]
        sentences.append(" ".join(words))
    return sentences


def corpus(name, books):
    """Sentences to train on, sentences that are held out."""
    if name == "templates":
        train = template_sentences(1500, 1)
        known = set(train)
        return train, [s for s in template_sentences(300, 2) if s not in known]
    with open(books, encoding="utf-8", newline="") as file:
        sentences = list(dict.fromkeys(" ".join(row["sen"].split())
                                       for row in csv.DictReader(file) if row["sen"].strip()))
    random.Random(1).shuffle(sentences)
    return sentences[80:], sentences[:80]


def train_vocabulary(sentences):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(
        sentences, trainers.WordPieceTrainer(vocab_size=4000, special_tokens=SPECIAL,
                                             show_progress=False))
    return tokenizer


def encode(tokenizer, sentences):
    encoded = [e.ids for e in tokenizer.encode_batch(sentences, add_special_tokens=False)]
    if max(map(len, encoded)) > MAX_LENGTH - 2:
        raise SystemExit("a sentence is longer than max_length: electrad would split it")
    return [[CLS, *ids, SEP] for ids in encoded]


# The pair.
def make_pair(folder, tokenizer):
    """The shapes of the preset `tiny`."""
    torch.manual_seed(0)
    common = {"vocab_size": tokenizer.get_vocab_size(), "embedding_size": 128,
              "num_hidden_layers": 2, "pad_token_id": PAD}
    generator = ElectraForMaskedLM(ElectraConfig(
        hidden_size=64, num_attention_heads=1, intermediate_size=256, **common))
    discriminator = ElectraForPreTraining(ElectraConfig(
        hidden_size=128, num_attention_heads=2, intermediate_size=512, **common))
    share(generator, discriminator, [])
    words = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    for network, name in ((generator, "generator"), (discriminator, "discriminator")):
        network.save_pretrained(folder / name)
        (folder / name / "vocab.txt").write_text("".join(f"{word}\n" for word, _ in words))
        (folder / name / "tokenizer_config.json").write_text(
            '{"tokenizer_class": "ElectraTokenizer", "do_lower_case": false, '
            '"strip_accents": false}')


# The product's training.
def train_ours(client, folder, text, epochs, seed, settings, target=None):
    job = client.run(
        "submit", "--corpus", text, "--model", settings["model"], "--set", f"epochs={epochs}",
        f"batch_size={BATCH}", f"max_length={MAX_LENGTH}", f"learning_rate={settings['rate']}",
        f"warmup_ratio={WARMUP}", f"seed={seed}", "validation_split_percentage=0", "save_steps=0",
        "sample_every=0", f"temperature={settings['temperature']}",
        f"hidden_dropout_prob={settings['dropout'][0]}",
        f"attention_probs_dropout_prob={settings['dropout'][1]}").stdout.split()[-1]
    if client.spawn("watch", job, stdout=subprocess.DEVNULL).wait() != 0:
        raise SystemExit(f"{job} did not succeed")
    target = target or folder / job.replace("/", "-")
    client.run("model", "download", job, target)
    lines = client.run("--json", "metrics", job).stdout.splitlines()
    steps = map(json.loads, lines)
    losses = [(step["generator_loss"], step["discriminator_loss"]) for step in steps]
    return (*load_pair(target), losses)


@torch.no_grad()
def evaluate(generator, discriminator, sequences):
    """Both losses a token; masks and the sampling's random numbers are fixed."""
    generator.eval()
    discriminator.eval()
    noise = torch.Generator().manual_seed(0)
    sums, counts = [0.0, 0.0], [0, 0]
    for begin in range(0, len(sequences), BATCH):
        ids, attention = padded(sequences[begin:begin + BATCH])
        for repeat in range(4):
            masked = torch.zeros_like(ids, dtype=torch.bool)
            for row, tokens in enumerate(sequences[begin:begin + BATCH]):
                masked[row, masked_positions(len(tokens) - 2, 0, repeat, begin + row)] = True
            logits = generator(ids.masked_fill(masked, MASK), attention_mask=attention).logits
            logits = logits[masked]
            sums[0] += functional.cross_entropy(logits, ids[masked], reduction="sum").item()
            fakes = ids.clone()
            fakes[masked] = torch.multinomial(logits.softmax(-1), 1, generator=noise).squeeze(1)
            judged = discriminator(fakes, attention_mask=attention).logits
            real = attention.bool()
            sums[1] += functional.binary_cross_entropy_with_logits(
                judged[real], (fakes != ids)[real].float(), reduction="sum").item()
            counts[0] += int(masked.sum())
            counts[1] += int(real.sum())
    return sums[0] / counts[0], sums[1] / counts[1]


def settings_of(rung, details):
    on = RUNGS[:RUNGS.index(rung) + 1]
    return {"temperature": 1.0 if "sampling" in on else LIKELIEST,
            "dropout": (0.1 if "hidden_dropout" in on else 0.0,
                        0.1 if "attention_dropout" in on else 0.0),
            "masks": "masks" in on, "order": "order" in on, "details": details,
            "rate": LEARNING_RATE, "model": "recipe"}


def spread(values):
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.4f} +- {deviation:.4f}"


def row(title, results):
    print(f"| {title} | {len(results)} | {spread([r[0] for r in results])} "
          f"| {spread([r[1] for r in results])} |", flush=True)
    return results


def row_of_differences(title, results, others):
    """Seed by seed: what is the same for both trainings does not count as spread."""
    row(title, [(a[0] - b[0], a[1] - b[1]) for a, b in zip(results, others)])


def mean_losses(trained):
    """Over all steps, of each training."""
    return [tuple(map(statistics.mean, zip(*losses))) for *_, losses in trained]


def difference(ours, theirs):
    """Largest relative difference of any step's losses."""
    if len(ours) != len(theirs):
        raise SystemExit(f"electrad did {len(ours)} steps, electra-pytorch {len(theirs)}")
    return max(abs(a - b) / abs(b) for own, other in zip(ours, theirs) for a, b in zip(own, other))


def compare(options, client, folder):
    train, held_out = corpus(options.corpus, options.books)
    tokenizer = train_vocabulary(train)
    sequences, judged = encode(tokenizer, train), encode(tokenizer, held_out)
    make_pair(folder, tokenizer)
    text = folder / "corpus.txt"
    text.write_text("".join(f"{sentence}\n" for sentence in train), encoding="utf-8")
    client.run("model", "import", "recipe", "--generator", folder / "generator",
               "--discriminator", folder / "discriminator")
    print(f"{options.corpus}: {len(sequences)} sentences, {len(judged)} held out, vocabulary "
          f"{tokenizer.get_vocab_size()}, {options.epochs} epochs of "
          f"{-(-len(sequences) // BATCH)} steps\n")
    print("| held-out text | seeds | generator | discriminator |\n|---|---|---|---|")
    row("before", [evaluate(*load_pair(folder), judged)])
    agrees = True
    if options.at_rest:
        compare_at_rest(options, client, folder, text, sequences)
        return True
    for rung in options.rungs.split(","):
        seeds = range(1, 2 if rung == "steps" else options.seeds + 1)
        settings = settings_of(rung, [])
        ours = [train_ours(client, folder, text, options.epochs, s, settings) for s in seeds]
        judged_ours = row(f"{rung}: electrad", [evaluate(*pair, judged) for *pair, _ in ours])
        theirs = [train_theirs(folder, sequences, options.epochs, s, settings) for s in seeds]
        judged_theirs = row(f"{rung}: electra-pytorch",
                            [evaluate(*pair, judged) for *pair, _ in theirs])
        row_of_differences(f"{rung}: difference", judged_theirs, judged_ours)
        row_of_differences(f"{rung}: difference while training", mean_losses(theirs),
                           mean_losses(ours))
        if rung == "steps":
            worst = difference(ours[0][2][:options.equal_steps], theirs[0][2][:options.equal_steps])
            print(f"\nlargest relative difference of the losses of the first "
                  f"{len(ours[0][2][:options.equal_steps])} steps: {worst:.2g}\n")
            agrees = worst < STEP_TOLERANCE
        for detail in options.detail:
            trained = [train_theirs(folder, sequences, options.epochs, s,
                                    settings_of(rung, [detail])) for s in seeds]
            results = row(f"{rung}: electra-pytorch, {detail}",
                          [evaluate(*pair, judged) for *pair, _ in trained])
            row_of_differences(f"{rung}: difference by {detail}", results, judged_theirs)
    return agrees


def compare_at_rest(options, client, folder, text, sequences):
    """Losses of a trained pair that a tiny learning rate keeps as it is, with equal batches and
    masks: whether dropout and sampling do the same, without what trainings drift apart by."""
    settings = settings_of("sampling", [])
    job_pair = folder / "trained"
    train_ours(client, folder, text, options.epochs, 1, settings, job_pair)
    client.run("model", "import", "trained", "--generator", job_pair / "generator",
               "--discriminator", job_pair / "discriminator")
    print("\n| dropout: hidden, attention | electrad | electra-pytorch | difference, "
          "standard error |\n|---|---|---|---|")
    for dropout in AT_REST:
        settings = {**settings, "model": "trained", "rate": 1e-12, "dropout": dropout}
        *_, ours = train_ours(client, folder, text, options.epochs, 2, settings)
        *_, theirs = train_theirs(job_pair, sequences, options.epochs, 2, settings)
        for name, own, other in zip(("generator", "discriminator"), zip(*ours), zip(*theirs)):
            differences = [b - a for a, b in zip(own, other)]
            error = statistics.stdev(differences) / len(differences) ** 0.5
            print(f"| {dropout[0]}, {dropout[1]}: {name} | {statistics.mean(own):.4f} "
                  f"| {statistics.mean(other):.4f} "
                  f"| {statistics.mean(differences):.4f} +- {error:.4f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="details:\n" + "\n".join(f"  {name:20} {text}" for name, text in DETAILS.items()))
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--electra", required=True)
    parser.add_argument("--corpus", choices=["templates", "books"], default="templates")
    parser.add_argument("--books", default="../shared/data/books_ko.csv")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rungs", default=",".join(RUNGS))
    parser.add_argument("--at-rest", action="store_true",
                        help="compare dropout and sampling of a pair that is not trained instead")
    parser.add_argument("--equal-steps", type=int, default=100,
                        help="steps of the first rung whose losses are compared")
    parser.add_argument("--detail", nargs="*", choices=list(DETAILS), default=[])
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        daemon = Daemon(options.electrad, folder / "data").start()
        try:
            agrees = compare(options, Client(options.electra, daemon.address), folder)
        finally:
            daemon.end()
    sys.exit(0 if agrees else 1)


if __name__ == "__main__":
    main()
