#!/usr/bin/env python3
"""Writes sentences in Korean about the subjects of a file, for the quick start.

    sentences.py everyday.txt > everyday_ko.txt
    sentences.py computing.txt > computing_ko.txt

Each line of the file is a subject with words of its own: what it is; what it does, object and verb;
two of its parts; what is good about it; what goes wrong; who works with it. Every subject goes into
every template. A word of another subject, or a particle that does not fit the word before it, stands
out: that is what a small discriminator can learn within minutes. The order is shuffled, always the
same way.
"""
import argparse
import pathlib
import random
import re
import sys

# {s은} and the like choose the particle by what comes before it.
TEMPLATES = """
{s은} {d로서} {o} {v}하는 데 쓰인다.
{s이} 맡은 일은 {o} {v}하는 것이다.
{s을} 처음 배우는 사람은 {p와} {q을} 먼저 익혀야 한다.
{w은} {s으로} {o} {v}한다.
{o} {v}하려면 {s의} {p와} {q을} 이해해야 한다.
{s을} 시작하면 {b을} 얻지만 {r도} 함께 살펴야 한다.
{s에서} 가장 흔한 문제는 {r}이며, {p을} 점검하면 막을 수 있다.
이 장에서는 {s이} {o} {v}하는 과정을 {p와} {q을} 들어 설명한다.
{w에게} {s은} {b을} 가져다준다.
{p이} 없다면 {s은} {o} {v}할 수 없다.
{q은} {p와} 함께 {s을} 이루는 핵심 요소이다.
{s의} 장점은 {b}이고, 단점은 {r}이다.
{r을} 피하려면 {w은} {q을} 꼼꼼히 살펴야 한다.
{w이} {s을} 고른 까닭은 {b} 때문이다.
{s은} {d이며}, {p와} {q으로} 이루어진다.
{b을} 바란다면 {s을} 가까이하되 {r에} 주의해야 한다.
그림에서는 {p을} 바꾸어 {s이} {o} {v}하는 모습을 살펴본다.
{s을} 다룬 책은 대개 {p에서} 시작하여 {q으로} 나아간다.
{r} 때문에 {s을} 포기했던 {w도} 이제는 {b을} 누린다.
{o} {v}하는 기술을 {s이라고} 부른다.
{w은} {r을} 줄이려고 {p와} {q을} 다시 살폈다.
{s이라는} 말은 {d을} 뜻한다.
연습에서는 {q을} 써서 {o} {v}해 본다.
{p을} 잘못 다루면 {s에서} {r이} 생긴다.
{b은} {s이} {o} {v}하기에 얻어지는 결과이다.
요즘 {w은} {p보다} {q에} 더 많은 시간을 들인다.
""".strip().splitlines()

# After a vowel (or ㄹ, for 으로), and after another consonant.
PARTICLES = {"은": ("는", "은"), "이": ("가", "이"), "을": ("를", "을"), "와": ("와", "과"),
             "으로": ("로", "으로"), "로서": ("로서", "으로서"), "이며": ("이며", "이며"),
             "이라고": ("라고", "이라고"), "이라는": ("라는", "이라는")}


def with_particle(word, particle):
    if particle not in PARTICLES:
        return word + particle
    final = (ord(word[-1]) - 0xAC00) % 28
    rieul = 8
    bare = final == 0 or (final == rieul and particle in ("으로", "로서"))
    return word + PARTICLES[particle][not bare]


def sentence(template, words):
    return re.sub(r"{(\w)([^}]*)}", lambda slot: with_particle(words[slot[1]], slot[2]), template)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("subjects", type=pathlib.Path)
    lines = []
    for subject in parser.parse_args().subjects.read_text(encoding="utf-8").splitlines():
        words = dict(zip("sdovpqbrw", (word.strip() for word in subject.split("|")), strict=True))
        lines += [sentence(template, words) for template in TEMPLATES]
        # The two parts are equals.
        words["p"], words["q"] = words["q"], words["p"]
        lines += [sentence(template, words) for template in TEMPLATES]
    lines = sorted(set(lines))
    random.Random(1).shuffle(lines)
    sys.stdout.reconfigure(encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
