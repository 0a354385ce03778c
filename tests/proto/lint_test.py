"""The rules of buf's STANDARD category, and of the AIPs, that apply to proto/electra/v1.

    lint_test.py --protoc protoc --proto DIR

EXCEPTIONS says which rules the contract does not follow, and why.
"""
import argparse
import re
import sys
import unittest

import contract

EXCEPTIONS = {
    "ENUM_VALUE_PREFIX": """Only the zero value has its enum's prefix (JOB_STATE_UNSPECIFIED, but
        QUEUED): so the first release has it, and a value's name is part of what clients compile and
        of JSON. That names are unique in the package protoc itself checks.""",
    "RPC_RESPONSE_STANDARD_NAME": """As in AIP-131 to 135, a method that gets, creates or changes a
        resource answers with the resource, and one that deletes with google.protobuf.Empty. What is
        called ...Response belongs to the method that it is named after.""",
    "LIST_PAGES": {"ListHyperparameters": "The table is part of the program: there is one page."},
}

options = None


class Lint(unittest.TestCase):
    def setUp(self):
        self.files = contract.compile_protos(options.protoc, options.proto).file
        self.assertGreater(len(self.files), 5)

    def each(self, things, pattern, rule):
        for name in things:
            with self.subTest(rule=rule, name=name):
                self.assertRegex(name.rsplit(".", 1)[-1], f"^{pattern}$")

    def test_files_and_packages(self):
        for file in self.files:
            with self.subTest(file=file.name):
                self.assertRegex(file.name, r"^electra/v1/[a-z0-9_]+\.proto$")
                self.assertEqual(file.package, "electra.v1")
                self.assertEqual(file.syntax, "proto3")
                self.assertFalse(file.public_dependency)
                self.assertFalse(file.weak_dependency)
                self.assertEqual(self.unused_imports(file), [])

    def unused_imports(self, file):
        used = {field.type_name for _, message in contract.messages_of(file)
                for field in message.field}
        used |= {value.type_name for message in contract.map_entries([file]).values()
                 for value in message.field}
        for _, method in contract.methods_of(file):
            used |= {method.input_type, method.output_type}
        defined = {f".{name}": other.name for other in self.files
                   for things in (contract.messages_of(other), contract.enums_of(other))
                   for name, _ in things}
        # Each file of google/protobuf that is imported here is named after the message that it is
        # imported for.
        for name in file.dependency:
            if name.startswith("google/protobuf/"):
                message = name[len("google/protobuf/"):-len(".proto")].title().replace("_", "")
                defined[f".google.protobuf.{message}"] = name
        own = {defined.get(name) for name in used}
        return [name for name in file.dependency if name not in own]

    def test_names(self):
        for file in self.files:
            messages = dict(contract.messages_of(file))
            enums = dict(contract.enums_of(file))
            pascal, snake = r"([A-Z][a-z0-9]*)+", r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
            self.each(messages, pascal, "MESSAGE_PASCAL_CASE")
            self.each(enums, pascal, "ENUM_PASCAL_CASE")
            self.each([s.name for s in file.service], pascal + "Service", "SERVICE_SUFFIX")
            self.each([name for name, _ in contract.methods_of(file)], pascal, "RPC_PASCAL_CASE")
            for message in messages.values():
                self.each([f.name for f in message.field], snake, "FIELD_LOWER_SNAKE_CASE")
                self.each([o.name for o in message.oneof_decl if not o.name.startswith("_")],
                          snake, "ONEOF_LOWER_SNAKE_CASE")
            for enum in enums.values():
                self.each([v.name for v in enum.value], r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*",
                          "ENUM_VALUE_UPPER_SNAKE_CASE")

    def test_enums_begin_with_unspecified(self):
        for file in self.files:
            for name, enum in contract.enums_of(file):
                with self.subTest(rule="ENUM_ZERO_VALUE_SUFFIX", enum=name):
                    prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper()
                    self.assertEqual((enum.value[0].number, enum.value[0].name),
                                     (0, f"{prefix}_UNSPECIFIED"))
                    self.assertFalse(enum.options.allow_alias)

    def test_requests_and_responses(self):
        users = {}
        for file in self.files:
            for name, method in contract.methods_of(file):
                users.setdefault(method.input_type, []).append(name)
                answer = method.output_type.rsplit(".", 1)[-1]
                with self.subTest(rule="RPC_REQUEST_STANDARD_NAME", method=name):
                    self.assertEqual(method.input_type, f".electra.v1.{method.name}Request")
                with self.subTest(rule="RPC_RESPONSE_STANDARD_NAME", method=name):
                    if answer.endswith(("Response", "Request")):
                        self.assertEqual(answer, f"{method.name}Response")
                    if method.name.startswith("Delete"):
                        self.assertEqual(method.output_type, ".google.protobuf.Empty")
        for request, methods in users.items():
            with self.subTest(rule="RPC_REQUEST_RESPONSE_UNIQUE", request=request):
                self.assertEqual(len(methods), 1)

    def test_standard_methods(self):
        messages = {f".{name}": message for file in self.files
                    for name, message in contract.messages_of(file)}
        for file in self.files:
            for name, method in contract.methods_of(file):
                request = {f.name: f for f in messages[method.input_type].field}
                with self.subTest(method=name):
                    if method.name.startswith("List"):
                        self.check_list(method, request, messages[method.output_type])
                    elif method.name.startswith("Update"):
                        resource = method.output_type.rsplit(".", 1)[-1]
                        self.assertEqual(request[resource.lower()].type_name, method.output_type)
                        self.assertEqual(request["update_mask"].type_name,
                                         ".google.protobuf.FieldMask")
                    elif method.name.startswith("Delete"):
                        self.assertEqual(list(request)[0], "name")

    def check_list(self, method, request, response):
        if method.name in EXCEPTIONS["LIST_PAGES"]:
            return
        self.assertIn("page_size", request)
        self.assertIn("page_token", request)
        self.assertIn("next_page_token", [f.name for f in response.field])
        self.assertEqual(contract.type_of(response.field[0], {}).split()[0], "repeated")

    def test_times_and_names_of_resources(self):
        for file in self.files:
            for name, message in contract.messages_of(file):
                for field in message.field:
                    with self.subTest(message=name, field=field.name):
                        is_time = field.type_name == ".google.protobuf.Timestamp"
                        self.assertEqual(is_time, field.name == "time"
                                         or field.name.endswith("_time"))
                        if field.name == "name" and not name.endswith("Request"):
                            self.assertEqual(field.number, 1)

    def test_services_and_methods_are_commented(self):
        for file in self.files:
            commented = {tuple(l.path) for l in file.source_code_info.location
                         if l.leading_comments.strip()}
            for index, service in enumerate(file.service):
                with self.subTest(service=service.name):
                    self.assertIn((6, index), commented)


if __name__ == "__main__":
    import pathlib
    parser = argparse.ArgumentParser()
    parser.add_argument("--protoc", default="protoc")
    parser.add_argument("--proto", type=pathlib.Path, required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
