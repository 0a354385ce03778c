"""Nothing that the released contract promises is broken by what proto/ says now.

    breaking_test.py --protoc protoc --proto DIR --released tests/golden/proto/v1.binpb

Files, messages, fields, enum values, services and methods of the release must be there with the same
numbers and types; more of them may be. After a release:

    protoc -Iproto --descriptor_set_out=tests/golden/proto/v1.binpb proto/electra/v1/*.proto
"""
import argparse
import copy
import pathlib
import sys
import unittest

import contract

options = None


def promises(descriptors):
    """Every thing that a client may rely on, by its path: what it is."""
    found = {}
    maps = contract.map_entries(descriptors.file)
    for file in descriptors.file:
        for name, message in contract.messages_of(file):
            found[name] = "message"
            oneofs = message.oneof_decl
            for field in message.field:
                # By number for the wire, by name for generated code and JSON.
                place = ""
                if field.proto3_optional:
                    place = " optional"
                elif field.HasField("oneof_index"):
                    place = f" of oneof {oneofs[field.oneof_index].name}"
                what = contract.type_of(field, maps) + place
                found[f"{name}.{field.number}"] = f"{what} {field.name}"
                found[f"{name}.{field.name}"] = f"{what} = {field.number}"
        for name, enum in contract.enums_of(file):
            found[name] = "enum"
            for value in enum.value:
                found[f"{name}.{value.number}"] = value.name
        for service in file.service:
            found[f"{file.package}.{service.name}"] = "service"
        for name, method in contract.methods_of(file):
            found[name] = (f"{'stream ' * method.client_streaming}{method.input_type} -> "
                           f"{'stream ' * method.server_streaming}{method.output_type}")
    return found


def gains_presence(was, now):
    """A scalar that becomes `optional` is the same on the wire and under the same name in code; those
    who do not know of it read its absence as 0, as before. The other way something would be lost."""
    return now is not None and " optional" in now and now.replace(" optional", "", 1) == was


def broken(released, now):
    """The parts of the release that no longer hold."""
    today = promises(now)
    return [f"{path}: was {what}, is {today.get(path, 'gone')}"
            for path, what in promises(released).items()
            if today.get(path) != what and not gains_presence(what, today.get(path))]


class Breaking(unittest.TestCase):
    def test_the_released_contract_holds(self):
        released = contract.read_descriptors(options.released)
        now = contract.compile_protos(options.protoc, options.proto)
        self.assertGreater(len(promises(released)), 300)
        self.assertEqual(broken(released, now), [])

    def test_numbers_are_not_used_again(self):
        # A removed field must leave its number reserved; here there is none, so a gap that was
        # reserved stays so.
        released = contract.read_descriptors(options.released)
        now = dict(pair for file in contract.compile_protos(options.protoc, options.proto).file
                   for pair in contract.messages_of(file))
        for file in released.file:
            for name, message in contract.messages_of(file):
                for gap in message.reserved_range:
                    with self.subTest(message=name):
                        self.assertIn((gap.start, gap.end),
                                      [(r.start, r.end) for r in now[name].reserved_range])


class EachBreachIsSeen(unittest.TestCase):
    """The check itself: the release with one thing changed."""

    def setUp(self):
        self.released = contract.read_descriptors(options.released)
        self.changed = copy.deepcopy(self.released)
        self.job_file = self.file("job")
        self.job = self.message(self.job_file, "Job")

    def file(self, stem):
        return next(f for f in self.changed.file if f.name.endswith(f"/{stem}.proto"))

    def message(self, file, name):
        return next(m for m in file.message_type if m.name == name)

    def field(self, message, name):
        return next(f for f in message.field if f.name == name)

    def expect(self, part):
        found = broken(self.released, self.changed)
        self.assertTrue(any(part in line for line in found), found)

    def test_additions_are_no_breach(self):
        self.job.field.add(name="more", number=1000, type=9, label=1)
        self.job_file.message_type.add(name="More")
        self.job_file.service[0].method.add(name="More", input_type=".a", output_type=".b")
        self.assertEqual(broken(self.released, self.changed), [])

    def test_a_scalar_that_may_be_absent_now_is_no_breach(self):
        metrics = self.message(self.file("training"), "StepMetrics")
        self.field(metrics, "step").proto3_optional = True
        self.assertEqual(broken(self.released, self.changed), [])

    def test_a_scalar_that_may_not_be_absent_any_more(self):
        metrics = self.message(self.file("training"), "StepMetrics")
        self.field(metrics, "step").proto3_optional = True
        self.assertNotEqual(broken(self.changed, self.released), [])

    def test_a_field_that_went(self):
        self.job.field.remove(self.field(self.job, "step"))
        self.expect("electra.v1.Job.15: was int64 step, is gone")

    def test_a_field_with_another_number(self):
        self.field(self.job, "step").number = 99
        self.expect("electra.v1.Job.step: was int64 = 15, is int64 = 99")

    def test_a_field_with_another_name(self):
        self.field(self.job, "step").name = "steps"
        self.expect("is int64 steps")

    def test_a_field_of_another_type(self):
        self.field(self.job, "step").type = contract.FieldDescriptor.TYPE_INT32
        self.expect("was int64 step, is int32 step")

    def test_a_field_that_is_repeated_now(self):
        self.field(self.job, "step").label = contract.FieldDescriptor.LABEL_REPEATED
        self.expect("is repeated int64 step")

    def test_a_field_that_left_its_oneof(self):
        event = self.message(self.file("training"), "TrainingEvent")
        self.field(event, "step").ClearField("oneof_index")
        self.expect("was electra.v1.StepMetrics of oneof kind step")

    def test_a_message_that_went(self):
        self.job_file.message_type.remove(self.message(self.job_file, "ListJobsResponse"))
        self.expect("electra.v1.ListJobsResponse: was message, is gone")

    def test_an_enum_value_with_another_number(self):
        state = next(e for e in self.file("training").enum_type if e.name == "JobState")
        state.value[1].number, state.value[2].number = 2, 1
        self.expect("electra.v1.JobState.1: was QUEUED, is PREPARING")

    def test_a_method_that_went(self):
        del self.job_file.service[0].method[0]
        self.expect("electra.v1.JobService.SubmitJob: was .electra.v1.SubmitJobRequest")

    def test_a_method_that_streams_now(self):
        self.job_file.service[0].method[0].server_streaming = True
        self.expect("stream .electra.v1.Job")

    def test_a_service_with_another_name(self):
        self.job_file.service[0].name = "Jobs"
        self.expect("electra.v1.JobService: was service, is gone")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--protoc", default="protoc")
    parser.add_argument("--proto", type=pathlib.Path, required=True)
    parser.add_argument("--released", type=pathlib.Path, required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
