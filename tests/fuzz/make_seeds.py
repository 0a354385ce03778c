"""Writes the seed corpora of the fuzz targets: small right inputs, and wrong ones of each known kind.

    python3 tests/fuzz/make_seeds.py

Nothing but the standard library and tests/golden; the same files each time.
"""
import gzip
import io
import json
import pathlib
import shutil
import struct
import subprocess
import tarfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden" / "hub"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def write(target, seeds):
    folder = HERE / "seeds" / target
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in seeds.items():
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def tar(*files):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as target:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            target.addfile(info, io.BytesIO(content))
    return archive.getvalue()[:4096]


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def one(shape, offsets, dtype="F32"):
    return {"a": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


def make_safetensors():
    write("safetensors", {
        "one": safetensors(one([1, 2], [0, 8]), b"\0" * 8),
        "metadata": safetensors({"__metadata__": {"format": "pt"}, **one([], [0, 2], "BF16")}, b"ab"),
        "petabytes": safetensors(b"{}", length=1 << 50),
        "shape_overflow": safetensors(one([1 << 32, 1 << 32], [0, 0])),
        "overlap": safetensors({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                                "b": {"dtype": "F32", "shape": [1], "data_offsets": [2, 6]}},
                               b"123456"),
        "deep": safetensors(b"[" * 200 + b"]" * 200),
    })


def make_torch():
    archive = (GOLDEN / "zip_discriminator" / "pytorch_model.bin").read_bytes()
    legacy = (GOLDEN / "old_names_discriminator" / "pytorch_model.bin").read_bytes()
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        pickle = next(source.read(n) for n in source.namelist() if n.endswith("data.pkl"))
        small = io.BytesIO()
        with zipfile.ZipFile(small, "w") as zipped:
            zipped.writestr(zipfile.ZipInfo("m/data.pkl"), b"\x80\x02}.")
            zipped.writestr(zipfile.ZipInfo("m/data/0"), b"\0" * 16)
        overlap = bytearray(small.getvalue())
        at = overlap.rindex(b"PK\x01\x02")
        overlap[at + 42:at + 46] = bytes(4)
    tensor = (b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"
              b"X\x01\0\0\0%sX\x03\0\0\0cpuK\x10tQK\0K\x02K\x03\x86K\x03K\x01\x86\x89}tR")
    both = b"\x80\x02}(X\x01\0\0\0a" + tensor % b"0" + b"X\x01\0\0\0b" + tensor % b"1" + b"u."
    write("torch_file", {"zip": small.getvalue(), "legacy": legacy[:6000],
                         "zip_golden": archive, "overlap": bytes(overlap)})
    write("torch_zip_pickle", {
        "golden": pickle, "two": both,
        "call": b"\x80\x02cposix\nsystem\nX\x02\0\0\0id\x85R.",
        "overflow": both.replace(b"K\x02K\x03\x86", b"\x8a\x08" + b"\xff" * 7 + b"\x7fK\x03\x86"),
        "memo": b"\x80\x02}q\0h\0s.", "long": b"\x80\x02\x8b\xff\xff\xff\x7f."})


def make_json():
    config = json.loads((GOLDEN / "combined" / "config.json").read_text())
    write("config_json", {"golden": json.dumps(config), "empty": "{}",
                          "deep": "[" * 5000 + "]" * 5000,
                          "huge": json.dumps({**config, "hidden_size": 1 << 62}),
                          "twice": '{"vocab_size": 1, "vocab_size": 2}'})
    vocabulary = {token: i for i, token in enumerate(SPECIAL + ["a", "##b"])}
    tokenizer = {
        "version": "1.0",
        "added_tokens": [{"id": i, "content": t, "special": True} for t, i in
                         list(vocabulary.items())[:5]],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": False},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary}}
    text = json.dumps(tokenizer)
    write("tokenizer_files", {
        "tokenizer_beside": "\0" + text, "tokenizer_alone": "\x05" + text,
        "ids_far_apart": "\x05" + text.replace('"##b": 6', '"##b": 2147483647'),
        "config": '\x01{"do_lower_case": true, "tokenizer_class": "ElectraTokenizer"}',
        "special": '\x02{"mask_token": {"content": "[MASK]"}, "pad_token": "[PAD]"}',
        "added": '\x03{"[MASK]": 4}', "given": "\x06" + text,
        "class": '\x04{"tokenizer_class": "BertJapaneseTokenizer"}'})
    write("weight_index", {
        "one": '{"metadata": {"total_size": 4}, "weight_map": {"a": "shard"}}',
        "climbs": '{"weight_map": {"a": "../../etc/passwd"}}',
        "absent": '{"weight_map": {"b": "shard", "a": "nowhere"}}'})
    write("hyperparameters", {
        "some": '{"learning_rate": 1e-4, "max_steps": 10, "masking": "word", "seed": 7}',
        "alias": '{"per_device_train_batch_size": 8, "fp16": true}', "empty": "{}",
        "wrong": '{"batch_size": 1e300, "no_such": [1], "seed": null}',
        "deep": '{"seed": ' + "[" * 3000 + "]" * 3000 + "}"})
    write("job_config", {
        "json": '\0{"corpus": "a.txt", "priority": 3, "hyperparameters": {"seed": 1}}',
        "yaml": "\x01corpus: a.csv\ncolumn: 글\nhyperparameters:\n  learning_rate: 1e-4\n",
        "yaml_core": "\x01hyperparameters:\n  a: True\n  b: .5e+3\n  c: 0x1F\n  d: !!str 5\n  e: -0.\n",
        "yaml_comma": "\x01,", "yaml_deep": "\x01" + "[" * 400, "yaml_alias": "\x01a: &a [x]\nb: *a\nname: *a\n",
        "json_deep": "\0" + "[" * 5000, "setting": "\0learning_rate=1e-4"})
    write("yaml_scalar", {
        "boolean": "True", "integer": "+012", "octal": "0o17", "hexadecimal": "0x1F",
        "float": "-.5e+3", "lowest": "-9223372036854775808", "too_large": "0x8000000000000000",
        "too_far": "1e400", "text": "1_000", "infinity": ".inf"})


def make_text():
    write("vocabulary", {"plain": "\n".join(SPECIAL + ["a", "##b", "한", "##국"]) + "\n",
                         "crlf": "a\r\n##a \r\n##a\r\naa a\xe9".encode("latin-1"),
                         "words": "a\n##a\n한\n##글\n한글 aaa 한a\n"})
    write("tokenizer", {"korean": "한국 ab, 한글!", "accents": "é e\u0301 \u1112\u1161\u11ab 中文",
                        "invalid": b"a\xff\xe1\x84 b\xed\xa0\x80", "control": "a\0b\u200b\ufffdc"})
    write("csv", {"plain": "\0id,t\n1,한글 문장\n2,\"a \"\"b\"\"\nc\"\n", "tsv": "\x01t\tn\r\na\t1\r\n",
                  "open_quote": "\0t\n\"abc", "replace": b"\x02t\n\xff\xfea\n",
                  "stray": '\x01id\tt\n1\t"a\n2\tb"\n3\t"c\nd"\n4\t"e ""f"" \t"\n',
                  "semicolon": "\0id;t\n1;a, b\n", "tabs": '\0id\tt\n1\t"a\n',
                  "mark": b"\x04\xef\xbb\xbft\nab\n"})
    write("jsonl", {"plain": '{"t": "한글"}\n{"a": [1, {"t": 2}], "t": "b"}\n{"t": null}\n',
                    "escape": '{"t": "\\ud55c\\uae00 \\ud83d\\ude00"}\n', "lone": '{"t": "\\ud800"}\n',
                    "lone_beside": '{"\\udc00": "\\ud83d", "t": "a\\ude00 \\\\ud800 \\ud83d\\ude00"}\n',
                    "array": '[{"t": "a"},\n{"t": "b"}]\n',
                    "deep": '{"a": ' + "[" * 2000 + "]" * 2000 + ', "t": "x"}\n'})
    write("tar", {
        "plain": tar(("a.txt", b"one\ntwo\n"), ("b.txt", "\ufeff한글\n".encode())),
        "packed": tar(("a.txt.gz", gzip.compress(b"one\n", mtime=0)), ("b.txt", b"")),
        "cut": tar(("a.txt", b"one\n" * 300))[:1000],
        "large": tar(("a.txt", b"x"))[:124] + b"\x80" + b"\xff" * 11 + tar(("a.txt", b"x"))[136:]})
    korean = "첫 문장\n둘째 😀 문장\n"
    write("text", {
        "utf8": b"\0\0" + korean.encode(), "cp949": b"\x01\x01" + "첫 문장\n똠\n".encode("cp949"),
        "euckr": b"\x02\0" + "첫 문장\n".encode("euc-kr"), "utf16": b"\x03\0" + korean.encode("utf-16"),
        "utf32": b"\x04\x01" + korean.encode("utf-32"), "sjis": b"\x05\x02" + "日本\n".encode("sjis"),
        "gb18030": b"\x06\x01" + korean.encode("gb18030"), "iso": b"\x07\x01" + "첫\n".encode("iso2022_kr"),
        "wrong": b"\0\x02\xff\xfe\xc0a\n\xed\xa0\x80\nb\n"})
    packed = gzip.compress(korean.encode(), mtime=0)
    write("gzip", {"one": packed[3:], "two": (packed + packed)[3:], "short": packed[3:-6],
                   "bomb": gzip.compress(b"a" * (2 << 20), mtime=0)[3:]})

    def zstd(data):
        return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE,
                              check=True).stdout[4:]
    frame = zstd(korean.encode())
    write("zstd", {"one": frame, "two": frame + b"\x28\xb5\x2f\xfd" + frame, "short": frame[:-6],
                   "bomb": zstd(b"a" * (2 << 20)), "window": b"\x00\xff" + frame[2:]})


def field(number, value):
    """One field of a message: a number, or bytes with their length."""
    if isinstance(value, int):
        return bytes([number << 3]) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


def make_requests():
    value = field(1, "seed") + field(2, b"\x11" + struct.pack("<d", 7.0))
    deep = b""
    for _ in range(60):
        deep = field(6, field(1, deep))
    write("requests", {
        "job": b"\0" + field(1, "corpora/0123456789ab") + field(2, "models/tiny") +
               field(5, field(1, value)),
        "job_deep": b"\0" + field(5, field(1, field(1, "seed") + field(2, deep))),
        "corpus": b"\x01" + field(1, field(1, "a.csv") + field(2, 2) + field(3, "t")),
        "chunk": b"\x01" + field(2, field(1, 5) + field(2, "text")),
        "model": b"\x02" + field(1, field(1, "models/a")),
        "token": b"\x03" + field(1, "electra_0123456789ab_" + "A" * 43) + field(2, 2),
        "update": b"\x0c" + field(1, field(1, "jobs/0123456789ab") + field(51, "note")) +
                  field(2, field(1, "tags.a") + field(1, "note")),
        "page": b"\x04" + field(1, 10) + field(2, "99999999999999999999"),
        "huge_length": b"\0" + b"\x0a\xff\xff\xff\xff\x07"})


def make_job_filters():
    write("job_filter", {
        "issue": "state=SUCCEEDED AND model=small AND eval_loss<12 AND created>2026-11-01",
        "all": '(name:"책" OR -tags.sweep="a\\"b") NOT (tags:x AND note:*) '
               "created>=2026-11-01T10:00:00+09:00\nhyperparameters.learning_rate<1e-4 books",
        "wildcards": "name=*a* name!=a* model=*b state!=failed hyperparameters.fp16=true",
        "order": "\0eval_loss desc, create_time",
        "last_day": "created=9223372036854775807-12-31",
        "deep": "(" * 40 + "a" + ")" * 40, "nots": "NOT " * 40 + "a", "open": '(a "',
        "many": "a " * 200, "operators": "step<=1 step>=1 step!=1 step<1 step>1 step:1 step!1"})


def make_hub_repositories():
    def said(files, name="hf:org/name@main", commit="c" * 40):
        return name + "\n" + json.dumps({"sha": commit, "siblings": files})

    def small(name, **fields):
        return {"rfilename": name, "size": 7, "blobId": "b" * 40, **fields}

    weights = small("model.safetensors", lfs={"sha256": "a" * 64, "size": 100})
    write("hub_repository", {
        "one": said([small("config.json"), small("vocab.txt"), weights, small("README.md")]),
        "pickle": said([small("config.json"), small("pytorch_model.bin")], "hf:name"),
        "shards": said([small("config.json"), small("model.safetensors.index.json"),
                        small("model-00001-of-00001.safetensors")]),
        "climbs": said([small("config.json"), weights, small("../../vocab.txt")], "hf:../etc@/a"),
        "sizes": said([small("config.json", size=1 << 62), weights]),
        "negative": said([small("config.json", size=-1), weights]),
        "digest": said([small("config.json", blobId="B" * 40), weights]),
        "twice": said([small("config.json"), small("config.json", size=9), weights]),
        "no_files": "hf:a/b@v1.0/x\n" + json.dumps({"sha": "c" * 40}),
        "deep": "hf:\n" + "[" * 200 + "]" * 200, "empty": ""})


if __name__ == "__main__":
    make_hub_repositories()
    make_job_filters()
    make_requests()
    make_safetensors()
    make_torch()
    make_json()
    make_text()
