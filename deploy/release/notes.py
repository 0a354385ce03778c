#!/usr/bin/env python3
"""Prints a version's section of CHANGELOG.md, the notes of its release.

  deploy/release/notes.py VERSION CHANGELOG
"""

import argparse
import re
import sys


def section(changelog: str, version: str) -> str:
    """The text below the version's heading; ValueError if there is none."""
    headings = list(re.finditer(r'^## \[([^\]]+)\].*$', changelog, re.MULTILINE))
    for heading, following in zip(headings, [*headings[1:], None]):
        if heading[1] == version:
            text = changelog[heading.end():following.start() if following else None].strip()
            # Links that the file defines at its end belong to no section.
            text = re.sub(r'(\n\[[^\]]+\]: \S+)+\Z', '', text).strip()
            if not text:
                raise ValueError(f'the section [{version}] is empty')
            return text + '\n'
    raise ValueError(f'no section [{version}]; there are: '
                     + ', '.join(heading[1] for heading in headings))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('version')
    parser.add_argument('changelog')
    options = parser.parse_args()
    try:
        with open(options.changelog, encoding='utf-8') as file:
            print(section(file.read(), options.version), end='')
    except ValueError as error:
        print(f'{options.changelog}: {error}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
