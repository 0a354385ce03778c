"""The rooms of the project: which folder may include which.

    layout_test.py [--write]   --write puts the table into CONTRIBUTING.md

A room is a folder with sources of its own; its subfolders are rooms too. A room includes what its
line names and nothing else, and names only rooms above it, so no two rooms include each other.
"""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]

# Room: the rooms that it may include. Each line names lines above it only.
ROOMS = {
    "core/base": "",
    "core/download": "core/base",
    "core/text": "core/base",
    "core/shape": "",
    "core/settings": "core/base core/shape",
    "core/hub": "core/base core/shape core/text",
    "core/batch": "core/settings",
    "core/model/cpu": "",
    "core/model": "core/batch core/model/cpu core/shape",
    "core/comm": "core/settings",
    "core/session": "core/batch core/comm core/model core/model/cpu core/settings core/shape",
    "core/c10d": "core/comm",
    "core/selftest": "core/base core/batch core/c10d core/model core/model/cpu core/session core/shape",
    "core/probe": "core/base core/batch core/session core/text",
    "core": "core/base core/probe core/session core/settings core/text",
    "core/ranks": "core core/base core/batch core/c10d core/comm core/hub core/session "
                  "core/settings core/shape",
    "core/loop": "core core/base core/batch core/comm core/hub core/model core/probe core/ranks "
                 "core/session core/settings core/shape core/text",
    "core/task": "core core/base core/batch core/hub core/loop core/session core/settings core/shape "
                 "core/text",
    "migrations": "",
    "server/base": "core/base core/text",
    "server/config": "core/base server/base",
    "server/store": "core/base core/probe core/shape core/text migrations server/base",
    "server/filter": "core/base core/settings server/store",
    "server/access": "core/base server/base server/store",
    "server/metrics": "core core/base server/base server/store",
    "server/notify": "core/base server/base",
    "server/rpc": "core/base server/access server/base server/metrics server/store",
    "server/corpora": "core/base core/batch core/hub core/settings core/text server/access "
                      "server/base server/store",
    "server/models": "core core/base core/hub core/loop core/settings core/shape core/text "
                     "server/access server/base server/store",
    "server/hub": "core/base core/download server/access server/base server/models server/store",
    "server/jobs": "core core/base core/hub core/loop core/probe core/settings core/shape "
                   "core/task core/text server/access server/base server/corpora server/filter "
                   "server/models server/notify server/store",
    "server/upkeep": "core/base core/loop migrations server/base server/corpora server/models "
                     "server/store",
    "server/services": "core core/base core/hub core/ranks core/settings core/shape core/download "
                       "server/access server/base server/corpora server/hub server/jobs server/metrics "
                       "server/models server/rpc server/store server/upkeep",
    "server": "core core/base core/ranks core/download core/session server/access server/base server/corpora "
              "server/jobs server/metrics server/models server/notify server/rpc "
              "server/services server/store",
    "server/process": "core core/base core/ranks core/selftest core/session server server/access "
                      "server/base server/config server/store server/upkeep",
    "client/text": "core/base",
    "client/i18n": "core/base",
    "client/files": "client/i18n client/text core/base",
    "client/environment": "client/files client/i18n client/text core/base",
    "client/settings": "client/files client/i18n client/text core/base",
    "client/rpc": "client/environment client/i18n client/settings client/text core/base",
    "client/views": "client/i18n client/text core/base",
    "client/export": "client/files client/i18n client/rpc client/text client/views core/base",
    "client/shell": "client/environment client/i18n client/rpc client/settings client/text "
                    "core/base",
    "client/transfer": "client/environment client/files client/i18n client/rpc client/shell "
                       "client/text core/base core/download",
    "client/jobfile": "client/files client/i18n client/rpc client/shell client/text "
                      "client/transfer core/base",
    "client/live": "client/environment client/i18n client/rpc client/shell client/text "
                   "client/views",
    "client/browser": "client/environment client/i18n client/live client/rpc client/text "
                      "client/views",
    "client/commands": "client/browser client/environment client/export client/files client/i18n "
                       "client/jobfile client/live client/rpc client/settings client/shell "
                       "client/text client/transfer client/views core/base",
    "client": "client/commands client/environment client/i18n client/rpc client/settings "
              "client/shell client/text",
}

# Headers of libtorch: core's sources and private headers alone may see them.
TORCH = re.compile(r"#include [<\"](torch|ATen|c10|caffe2)/")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
# The programs; a function of libc's that the daemon replaces; commands, which commands.h declares.
HEADERLESS = ("client/main.cc", "server/process/main.cc", "server/process/thread_stack.cc",
              "client/commands/")
BEGIN, END = "<!-- rooms -->\n", "<!-- /rooms -->"


def sources():
    for top in ("core", "server", "client", "migrations"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".h", ".cc"):
                yield path.relative_to(ROOT)


def room_of(path):
    return str(path.parent)


def includes(path):
    """What a file includes of ours, as paths from the root."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [pathlib.Path(name) for name in INCLUDE.findall(text) if (ROOT / name).exists()]


def purpose(room):
    """The first sentence of a room's CMakeLists.txt."""
    lines = []
    for line in (ROOT / room / "CMakeLists.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# "))
    return " ".join(lines).split(". ")[0].rstrip(".")


def drawing():
    """The table of CONTRIBUTING.md: a line a room, from the ground up."""
    lines = ["| room | holds | includes |", "|---|---|---|"]
    for room, allowed in ROOMS.items():
        names = ", ".join(f"`{name}`" for name in allowed.split()) or "-"
        lines.append(f"| `{room}` | {purpose(room)} | {names} |")
    return "\n".join(lines) + "\n"


class LayoutTest(unittest.TestCase):
    def test_a_line_names_lines_above_it_only(self):
        above = set()
        for room, allowed in ROOMS.items():
            self.assertLessEqual(set(allowed.split()), above, f"{room} names a room below it")
            above.add(room)

    def test_each_room_includes_what_its_line_names(self):
        wrong, used = [], {room: set() for room in ROOMS}
        for path in sources():
            room = room_of(path)
            self.assertIn(room, ROOMS, f"{path} is in a room that the table does not name")
            for included in includes(path):
                other = room_of(included)
                if other == room:
                    continue
                used[room].add(other)
                if other not in ROOMS[room].split():
                    wrong.append(f"{path} includes {included}")
        self.assertEqual(wrong, [])
        for room, allowed in ROOMS.items():
            self.assertEqual(set(allowed.split()) - used[room], set(), f"{room} does not use these")

    def test_each_room_is_a_target_with_a_purpose(self):
        for room in ROOMS:
            self.assertTrue((ROOT / room / "CMakeLists.txt").exists(), room)
            self.assertTrue(purpose(room), f"{room}/CMakeLists.txt does not begin with a sentence")

    def test_libtorch_is_seen_by_core_alone(self):
        """No room outside core reaches a libtorch header, however many includes away."""
        reaches = {}

        def sees_torch(path):
            if path not in reaches:
                reaches[path] = False  # while it is looked at
                text = (ROOT / path).read_text(encoding="utf-8")
                reaches[path] = bool(TORCH.search(text)) or any(map(sees_torch, includes(path)))
            return reaches[path]

        seen = [str(path) for path in sources() if path.parts[0] != "core" and sees_torch(path)]
        self.assertEqual(seen, [])
        public = [pathlib.Path("core/trainer.h"), pathlib.Path("core/inference.h")]
        self.assertEqual([str(path) for path in public if sees_torch(path)], [])

    def test_a_source_has_a_header_of_its_name(self):
        """In its room or the one around it; or continues a class whose header names it."""
        def is_named(path):
            headers = [ROOT / path.with_suffix(".h"), ROOT / path.parents[1] / f"{path.stem}.h"]
            return any(header.exists() for header in headers) or any(
                path.name in header.read_text(encoding="utf-8")
                for header in (ROOT / path.parent).glob("*.h"))

        lone = [str(path) for path in sources() if path.suffix == ".cc" and not is_named(path)]
        self.assertEqual([name for name in lone if not name.startswith(HEADERLESS)], [])

    def test_contributing_shows_the_table(self):
        text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        self.assertIn(BEGIN + drawing() + END, text, "run tests/layout_test.py --write")


def write():
    path = ROOT / "CONTRIBUTING.md"
    text = path.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    path.write_text(text[:start] + drawing() + text[end:], encoding="utf-8")


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        write()
    else:
        unittest.main()
