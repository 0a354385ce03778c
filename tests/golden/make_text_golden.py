#!/usr/bin/env python3
"""Makes the golden files of the text tests with Hugging Face's `tokenizers` (0.23.3 then).

    make_text_golden.py            rewrites tests/golden/text/

  text.txt     lines of many scripts, normal forms and edge cases, written here
  vocab.txt    WordPiece vocabulary trained on them, special tokens not in front, one token twice
  tokens.tsv   lower-case switch, accent switch, line of text.txt from 0, id:begin:end of its tokens
               in characters
"""

import pathlib
import unicodedata

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

FOLDER = pathlib.Path(__file__).resolve().parent / "text"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

KOREAN = "특히 안드로이드 플랫폼 기반의 웹앱과 하이브리드앱에 초점을 맞추고 있다."
LINES = [
    KOREAN,
    unicodedata.normalize("NFD", KOREAN),
    "데이터베이스의 트랜잭션은 원자성(atomicity)과 지속성(durability)을 보장한다!",
    "The quick brown fox can't jump over the lazy dog's 1,234.5 kernels.",
    "Ein Übermut tut selten gut; Äpfel, Öl und Straße. Çà et là, l'été à Málaga, ŻÓŁĆ",
    "A\u030angstro\u0308m \u212b \u1e9b\u0323 q\u0307\u0323 \u0344x",
    "漢字仮名交じり文 中文字符 \u9fff\uf900\U00020000 한자漢字혼용",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1f0\U0001f1f7 \u2764\ufe0f \U0001f44d\U0001f3fd x",
    "tab\tNUL\u0000bell\u0007soft\u00adhyphen zero\u200bwidth nbsp\u00a0ideographic\u3000space\ufffd",
    "[MASK] [CLS] ##token under_score #hash $5 + 3 = 8 ~ ^ `code` | pipe",
    "İstanbul ΣΊΣΥΦΟΣ ς Ǆ ǅ ẞ Кириллица ЙОД",
    "ภาษาไทย हिन्दी বাংলা \u09cb\u0ddd עִבְרִית عَرَبِيّ",
    "\U0001d15e\U0001d165\u0334 \u302e가\u302f \u1734 \u166d \U000111c9 \u2e45 \U000110cd",
    "가" * 100 + " " + "나" * 101 + " " + "x" * 150,
    "  앞뒤 공백  ",
    "",
]


def write(name, text):
    (FOLDER / name).write_text(text, encoding="utf-8", newline="")


def make_vocabulary():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=700, min_frequency=2, show_progress=False)
    plain = [line for i, line in enumerate(LINES) if i not in (1, 12)]
    tokenizer.train_from_iterator(plain + [line.lower() for line in plain], trainer)
    # Sorted, since the trainer's order changes from run to run.
    tokens = sorted(tokenizer.get_vocab())
    letters = ["\u1100", "##\u1161", "##\u1112", "##\u1175", "e", "##e", "##\u0301"]
    tokens = [t for t in tokens if t not in letters] + letters
    tokens[100:100] = SPECIAL
    return tokens + [tokens[50]]


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("text.txt", "\n".join(LINES))
    vocabulary = make_vocabulary()
    # CRLF on some lines, no last newline.
    write("vocab.txt", "\r\n".join(vocabulary[:3]) + "\r\n" + "\n".join(vocabulary[3:]))
    tokenizer = Tokenizer(models.WordPiece.from_file(str(FOLDER / "vocab.txt"), unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    rows = []
    for lower in (False, True):
        for strip in (False, True):
            tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower, strip_accents=strip)
            for number, line in enumerate(LINES):
                encoding = tokenizer.encode(line, add_special_tokens=False)
                tokens = " ".join(
                    f"{i}:{b}:{e}" for i, (b, e) in zip(encoding.ids, encoding.offsets))
                rows.append(f"{int(lower)}\t{int(strip)}\t{number}\t{tokens}\n")
    write("tokens.tsv", "".join(rows))


if __name__ == "__main__":
    main()
