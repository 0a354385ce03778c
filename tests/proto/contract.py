"""The contract as a descriptor set, for the tests beside this file."""
import pathlib
import subprocess
import tempfile

from google.protobuf import descriptor_pb2

FieldDescriptor = descriptor_pb2.FieldDescriptorProto


def compile_protos(protoc, root, include_imports=False):
    """The FileDescriptorSet of every file in root/electra/v1, with comments."""
    root = pathlib.Path(root)
    sources = sorted((root / "electra" / "v1").glob("*.proto"))
    imports = ["--include_imports"] if include_imports else []
    with tempfile.NamedTemporaryFile(suffix=".binpb") as out:
        subprocess.run([protoc, f"-I{root}", f"--descriptor_set_out={out.name}",
                        "--include_source_info", *imports, *map(str, sources)], check=True)
        return read_descriptors(out.name)


def read_descriptors(path):
    descriptors = descriptor_pb2.FileDescriptorSet()
    descriptors.ParseFromString(pathlib.Path(path).read_bytes())
    return descriptors


def messages_of(file):
    """(full name, message) of a file, nested ones too; entries of maps are left out."""
    def walk(prefix, messages):
        for message in messages:
            if message.options.map_entry:
                continue
            name = f"{prefix}.{message.name}"
            yield name, message
            yield from walk(name, message.nested_type)
    yield from walk(file.package, file.message_type)


def enums_of(file):
    for enum in file.enum_type:
        yield f"{file.package}.{enum.name}", enum
    for name, message in messages_of(file):
        for enum in message.enum_type:
            yield f"{name}.{enum.name}", enum


def methods_of(file):
    for service in file.service:
        for method in service.method:
            yield f"{file.package}.{service.name}.{method.name}", method


def type_of(field, maps):
    """A field's type as the .proto file writes it: "repeated string", "map<string, int32>"."""
    if field.type_name in maps:
        key, value = maps[field.type_name].field
        return f"map<{type_of(key, maps)}, {type_of(value, maps)}>"
    kind = (field.type_name.lstrip(".") if field.type_name
            else FieldDescriptor.Type.Name(field.type)[5:].lower())
    return f"repeated {kind}" if field.label == FieldDescriptor.LABEL_REPEATED else kind


def map_entries(files):
    """Full names of the messages that stand for maps, with a dot before."""
    entries = {}
    for file in files:
        for name, message in messages_of(file):
            for nested in message.nested_type:
                if nested.options.map_entry:
                    entries[f".{name}.{nested.name}"] = nested
    return entries
