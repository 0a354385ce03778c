"""The tables of adaptation.sh, from lines of an option's name and one of its jobs as JSON.

The jobs of an option are in the order of their seeds, those of "defaults" first.
"""
import json
import statistics
import sys

NETWORKS = ("generator_loss", "discriminator_loss")


def spread(values, form="%.3f"):
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{form} ± %.3f" % (statistics.mean(values), deviation)


def read(lines):
    jobs = {}
    for line in lines:
        option, job = line.split(" ", 1)
        jobs.setdefault(option, []).append(json.loads(job))
    return jobs


def print_before_and_after(jobs):
    rows = [("generator loss", "generator_loss"), ("generator accuracy", "generator_accuracy"),
            ("discriminator loss", "discriminator_loss"),
            ("discriminator precision", "discriminator_precision"),
            ("discriminator recall", "discriminator_recall"),
            ("discriminator F1", "discriminator_f1"), ("combined loss", "combined_loss")]
    print("seeds %d, steps %s, learning_rate %g" % (
        len(jobs), jobs[0]["total_steps"], jobs[0]["hyperparameters"]["learning_rate"]))
    print("| held-out text | before | after |\n|---|---|---|")
    for name, key in rows:
        cells = []
        for when in ("first_evaluation", "last_evaluation"):
            values = [job[when][key] for job in jobs if job[when].get(key) is not None]
            cells.append(spread(values) if values else "-")
        print(f"| {name} | {cells[0]} | {cells[1]} |")


def losses(jobs, when):
    """Of each seed, in columns: both networks on the domain, then on general text."""
    columns = []
    for texts in ([job[when] for job in jobs], [job[when]["eval_corpora"][0] for job in jobs]):
        columns += [[text[key] for text in texts] for key in NETWORKS]
    return columns


def print_options(jobs):
    print("\n| option | steps | domain: generator | discriminator | general: generator "
          "| discriminator |\n|---|---|---|---|---|---|")
    defaults = losses(jobs["defaults"], "last_evaluation")

    def row(name, steps, cells):
        print("| " + " | ".join([name, str(steps), *cells]) + " |")

    row("before", 0, map(spread, losses(jobs["defaults"], "first_evaluation")))
    for option, its_jobs in jobs.items():
        after = losses(its_jobs, "last_evaluation")
        row(f"`{option}`" if option != "defaults" else option, its_jobs[0]["total_steps"],
            map(spread, after))
        if option != "defaults":
            row("difference, seed by seed", "",
                (spread([value - default for value, default in zip(its, theirs)], "%+.3f")
                 for its, theirs in zip(after, defaults)))


def main():
    jobs = read(sys.stdin)
    print_before_and_after(jobs["defaults"])
    print_options(jobs)


if __name__ == "__main__":
    main()
