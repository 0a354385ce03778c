"""What an error of the daemon says to programs: a code of codes.pot, and the values in its text."""
import ast
import importlib
import re

from stubs import ROOT

PLACE = re.compile(r"\{([a-z_]+)\}")
CUT = 396  # bytes: a value that is longer may have been cut
LONG = 800  # bytes of a sentence: values may have been left out


def templates():
    """The English of each code that the daemon can say."""
    text = (ROOT / "proto/electra/v1/codes.pot").read_text(encoding="utf-8")
    entries = re.findall(r'^msgctxt (".*")\nmsgid ((?:".*"\n)+)', text, re.MULTILINE)
    return {ast.literal_eval(code): "".join(map(ast.literal_eval, lines.splitlines()))
            for code, lines in entries}


def error_info(error):
    """The google.rpc.ErrorInfo of a grpc.RpcError; None where there is none."""
    status_pb2 = importlib.import_module("google.rpc.status_pb2")
    error_details_pb2 = importlib.import_module("google.rpc.error_details_pb2")
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        for detail in status_pb2.Status.FromString(value).details:
            info = error_details_pb2.ErrorInfo()
            if detail.Unpack(info):
                return info
    return None


def problem_with(error, known):
    """Why programs cannot take the error apart; None where they can. `known`: templates()."""
    info = error_info(error)
    if info is None:
        return "no ErrorInfo"
    if info.domain != "electra":
        return f"domain {info.domain!r}"
    if info.reason not in known:
        return f"{info.reason} is not in codes.pot"
    values = dict(info.metadata)
    missing = set(PLACE.findall(known[info.reason])) - set(values)
    if missing:
        return None if len(error.details().encode()) > LONG else f"{info.reason} lacks {missing}"
    if any(len(value.encode()) >= CUT for value in values.values()):
        return None
    text = PLACE.sub(lambda place: values[place[1]], known[info.reason])
    if "at" in values:
        text = f"{values['at']}: {text}"
    if not error.details().startswith(text):
        return f"{info.reason} reads {text!r}"
    return None
