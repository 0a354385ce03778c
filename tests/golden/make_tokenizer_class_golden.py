#!/usr/bin/env python3
"""Makes tests/golden/tokenizer_classes.json: which class AutoTokenizer takes where tokenizer_config.json
and config.json of an ELECTRA model name one, or not.

    for python in build/venv/bin/python build/venv-transformers-4.40/bin/python; do
        $python tests/golden/make_tokenizer_class_golden.py
    done

Each run writes the answers of its transformers beside those of other versions. "absent" stands for
no such key, and an answer "error" for a model that is not loaded.
"""
import json
import pathlib
import tempfile

import transformers

FILE = pathlib.Path(__file__).resolve().parent / "tokenizer_classes.json"
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "가", "##나", "a"]
CASES = [  # tokenizer_config.json, config.json
    ("absent", "absent"), ("absent", "ElectraTokenizer"), ("absent", "ElectraTokenizerFast"),
    ("absent", "BertTokenizer"), ("absent", "BertJapaneseTokenizer"), ("absent", "CanineTokenizer"),
    ("absent", None), (None, "BertJapaneseTokenizer"), (None, "ElectraTokenizer"),
    ("ElectraTokenizer", "absent"), ("BertTokenizerFast", "absent"),
    ("BertJapaneseTokenizer", "absent"), ("ElectraTokenizer", "BertJapaneseTokenizer"),
    ("BertTokenizer", "CanineTokenizer"), ("BertJapaneseTokenizer", "ElectraTokenizer"),
]


def class_of(tokenizer_config, config):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "vocab.txt").write_text("".join(token + "\n" for token in VOCAB))
        for file, values, said in (("tokenizer_config.json", {"do_lower_case": False}, tokenizer_config),
                                   ("config.json", {"model_type": "electra"}, config)):
            if said != "absent":
                values["tokenizer_class"] = said
            (folder / file).write_text(json.dumps(values))
        try:
            return type(transformers.AutoTokenizer.from_pretrained(folder)).__name__
        except Exception:  # whatever it raises, the model is not loaded
            return "error"


def main():
    rows = json.loads(FILE.read_text()) if FILE.exists() else []
    answers = {(row["tokenizer_config"], row["config"]): row["classes"] for row in rows}
    made = [{"tokenizer_config": said, "config": config,
             "classes": dict(sorted({**answers.get((said, config), {}),
                                     transformers.__version__: class_of(said, config)}.items()))}
            for said, config in CASES]
    FILE.write_text("[\n" + ",\n".join(json.dumps(row) for row in made) + "\n]\n")


if __name__ == "__main__":
    main()
