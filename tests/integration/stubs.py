"""Python's messages and stubs of proto/, as anybody would make them with grpcio-tools."""
import importlib
import pathlib
import sys

import grpc_tools
from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parents[2]


def generate(folder):
    """Writes them into a folder and makes them importable."""
    folder.mkdir(parents=True, exist_ok=True)
    include = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    protos = sorted(str(path) for folder in ("electra/v1", "google/rpc")
                    for path in (ROOT / "proto" / folder).glob("*.proto"))
    status = protoc.main(["protoc", f"-I{ROOT / 'proto'}", f"-I{include}",
                          f"--python_out={folder}", f"--grpc_python_out={folder}", *protos])
    if status != 0:
        raise RuntimeError(f"protoc ended with {status}")
    sys.path.insert(0, str(folder))


def module(name):
    return importlib.import_module(f"electra.v1.{name}")
