#!/usr/bin/env python3
"""Writes a software bill of materials as SPDX 2.3 JSON, from the records of dpkg and pip.

  deploy/release/sbom.py --name electra --version 0.2.0 --created SECONDS [--dpkg STATUS] \\
      ARTEFACT... [--image ARCHIVE=ROOT]...

A Debian package contains the Python packages whose records it carries, and depends on the packages
in its Depends and, in turn, in theirs, in the versions of --dpkg. An image contains the packages
that the dpkg of its root has installed, and the same Python packages. A wheel depends on its
requirements.
The same input makes the same bytes.
"""

import argparse
import datetime
import email.parser
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import urllib.parse
import uuid
import zipfile

BUNDLED = 'usr/share/doc/electrad/bundled/'
LIBRARIES = 'usr/lib/electrad/'


class Bill:
    """The packages and relationships of a document, each once."""

    def __init__(self) -> None:
        self._packages: dict[str, dict] = {}
        self._relationships: set[tuple[str, str, str]] = set()

    def add(self, kind: str, name: str, version: str, **fields: object) -> str:
        """Adds a package unless it is there already; returns its identifier."""
        digest = hashlib.sha256(f'{kind} {name} {version}'.encode()).hexdigest()[:8]
        plain = re.sub(r'[^A-Za-z0-9.-]', '-', f'{kind}-{name}-{version}')
        identifier = f'SPDXRef-{plain}-{digest}'
        package = {'name': name, 'SPDXID': identifier, 'downloadLocation': 'NOASSERTION',
                   'filesAnalyzed': False, 'licenseConcluded': 'NOASSERTION',
                   'licenseDeclared': 'NOASSERTION', 'copyrightText': 'NOASSERTION', **fields}
        if version:
            package['versionInfo'] = version
        self._packages.setdefault(identifier, package)
        return identifier

    def relate(self, one: str, relation: str, other: str) -> None:
        self._relationships.add((one, relation, other))

    def document(self, name: str, version: str, created: int) -> dict:
        packages = [self._packages[key] for key in sorted(self._packages)]
        relationships = [{'spdxElementId': one, 'relationshipType': relation,
                          'relatedSpdxElement': other}
                         for one, relation, other in sorted(self._relationships)]
        content = json.dumps([name, version, created, packages, relationships], sort_keys=True)
        time = datetime.datetime.fromtimestamp(created, datetime.timezone.utc)
        return {'spdxVersion': 'SPDX-2.3', 'dataLicense': 'CC0-1.0', 'SPDXID': 'SPDXRef-DOCUMENT',
                'name': f'{name}-{version}',
                'documentNamespace': uuid.uuid5(uuid.NAMESPACE_OID, content).urn,
                'creationInfo': {'created': time.strftime('%Y-%m-%dT%H:%M:%SZ'),
                                 'creators': ['Tool: deploy/release/sbom.py']},
                'packages': packages, 'relationships': relationships}


def purl(kind: str, name: str, version: str, **qualifiers: str) -> list[dict]:
    locator = f'pkg:{kind}/{urllib.parse.quote(name)}'
    if version:
        locator += '@' + urllib.parse.quote(version, safe='')
    if qualifiers:
        locator += '?' + urllib.parse.urlencode(qualifiers)
    return [{'referenceCategory': 'PACKAGE-MANAGER', 'referenceType': 'purl',
             'referenceLocator': locator}]


def parse_status(text: str) -> dict[str, dict[str, str]]:
    """The installed packages of dpkg's status file by their names."""
    installed = {}
    for paragraph in re.split(r'\n\n+', text):
        fields = dict(re.findall(r'^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)', paragraph,
                                 re.MULTILINE))
        if fields.get('Status', '').endswith(' installed'):
            installed[fields['Package']] = fields
    return installed


def add_debian(bill: Bill, fields: dict[str, str]) -> str:
    name, version = fields['Package'], fields['Version']
    return bill.add('deb', name, version, supplier='Organization: ' + re.sub(
        r'\s*<.*', '', fields.get('Maintainer', 'unknown')), externalRefs=purl(
            'deb/debian', name, version, arch=fields.get('Architecture', 'all')))


def dependencies(fields: dict[str, str], installed: dict[str, dict[str, str]]) -> list[str]:
    """Names of the installed packages that satisfy Depends and Pre-Depends."""
    providers = {}
    for name, other in installed.items():
        for provided in re.findall(r'([a-z0-9][a-z0-9+.-]*)[^,]*', other.get('Provides', '')):
            providers.setdefault(provided, name)
    found = []
    for field in ('Pre-Depends', 'Depends'):
        for alternatives in filter(None, fields.get(field, '').split(',')):
            names = [re.match(r'\s*([^\s:(]+)', choice)[1] for choice in alternatives.split('|')]
            known = [name if name in installed else providers.get(name) for name in names]
            match = next(filter(None, known), None)
            if match is None:
                raise ValueError(f"{fields['Package']} depends on{alternatives.rstrip()}, "
                                 'which is not installed here')
            found.append(match)
    return found


def add_dependencies(bill: Bill, start: str, fields: dict[str, str],
                     installed: dict[str, dict[str, str]]) -> None:
    """Adds the packages that a package depends on, directly or not."""
    pending, seen = [(start, fields)], set()
    while pending:
        identifier, fields = pending.pop()
        for name in dependencies(fields, installed):
            other = add_debian(bill, installed[name])
            bill.relate(identifier, 'DEPENDS_ON', other)
            if name not in seen:
                seen.add(name)
                pending.append((other, installed[name]))


def add_python(bill: Bill, metadata: str) -> str:
    fields = email.parser.HeaderParser().parsestr(metadata)
    name, version = fields['Name'], fields['Version']
    declared = fields.get('License-Expression')
    return bill.add('pypi', name, version, licenseDeclared=declared or 'NOASSERTION',
                    externalRefs=purl('pypi', re.sub(r'[-_.]+', '-', name).lower(), version))


def add_bundled(bill: Bill, whole: str, what: str, libraries: bool, records: list[str]) -> None:
    if libraries and not records:
        raise ValueError(f'{what} has libraries in /{LIBRARIES}, and no record of where they come '
                         'from: build it with the wheel of torch, not with an unpacked libtorch')
    for metadata in records:
        bill.relate(whole, 'CONTAINS', add_python(bill, metadata))


def digest_of(path: str) -> str:
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def add_artefact(bill: Bill, path: str, purpose: str, version: str, **fields: object) -> str:
    name = os.path.basename(path)
    identifier = bill.add('artefact', name, version, packageFileName=name,
                          primaryPackagePurpose=purpose,
                          checksums=[{'algorithm': 'SHA256', 'checksumValue': digest_of(path)}],
                          **fields)
    bill.relate('SPDXRef-DOCUMENT', 'DESCRIBES', identifier)
    return identifier


def add_deb(bill: Bill, path: str, installed: dict[str, dict[str, str]]) -> None:
    control = subprocess.run(['dpkg-deb', '--field', path], check=True, capture_output=True,
                             text=True).stdout
    fields = dict(re.findall(r'^([A-Za-z-]+):[ \t]*(.*)', control, re.MULTILINE))
    identifier = add_artefact(bill, path, 'INSTALL', fields['Version'],
                              licenseDeclared='Apache-2.0')
    add_dependencies(bill, identifier, fields, installed)
    libraries, records = False, []
    with subprocess.Popen(['dpkg-deb', '--fsys-tarfile', path], stdout=subprocess.PIPE) as process:
        with tarfile.open(fileobj=process.stdout, mode='r|') as tar:
            for member in tar:
                name = member.name.removeprefix('./')
                libraries |= member.isfile() and name.startswith(LIBRARIES)
                if name.startswith(BUNDLED) and name.endswith('.dist-info/METADATA'):
                    records.append(tar.extractfile(member).read().decode())
    if process.returncode:
        raise ValueError(f'{path} cannot be read')
    add_bundled(bill, identifier, os.path.basename(path), libraries, records)


def add_wheel(bill: Bill, path: str) -> None:
    with zipfile.ZipFile(path) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith('.dist-info/METADATA'))
        fields = email.parser.HeaderParser().parsestr(wheel.read(name).decode())
    identifier = add_artefact(bill, path, 'LIBRARY', fields['Version'],
                              licenseDeclared='Apache-2.0')
    for requirement in fields.get_all('Requires-Dist', []):
        if re.search(r';.*\bextra\s*==', requirement):
            continue
        required = re.match(r'[A-Za-z0-9._-]+', requirement)[0]
        other = bill.add('pypi', required, '', comment=f'required as: {requirement}',
                         externalRefs=purl('pypi', required.lower(), ''))
        bill.relate(identifier, 'DEPENDS_ON', other)


def add_image(bill: Bill, path: str, root: str, version: str) -> None:
    identifier = add_artefact(bill, path, 'CONTAINER', version)
    with open(os.path.join(root, 'var/lib/dpkg/status'), encoding='utf-8') as file:
        installed = parse_status(file.read())
    for fields in installed.values():
        bill.relate(identifier, 'CONTAINS', add_debian(bill, fields))
    records = []
    for folder, folders, names in os.walk(os.path.join(root, BUNDLED)):
        folders.sort()
        if folder.endswith('.dist-info') and 'METADATA' in names:
            with open(os.path.join(folder, 'METADATA'), encoding='utf-8') as file:
                records.append(file.read())
    add_bundled(bill, identifier, os.path.basename(path),
                os.path.isdir(os.path.join(root, LIBRARIES)), records)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--name', required=True)
    parser.add_argument('--version', required=True)
    parser.add_argument('--created', required=True, type=int, help='seconds since 1970')
    parser.add_argument('--dpkg', default='/var/lib/dpkg/status', help="dpkg's status file")
    parser.add_argument('--image', action='append', default=[], metavar='ARCHIVE=ROOT')
    parser.add_argument('artefacts', nargs='*', metavar='ARTEFACT', help='.deb or .whl')
    options = parser.parse_args()

    bill = Bill()
    try:
        for path in sorted(options.artefacts):
            if path.endswith('.deb'):
                with open(options.dpkg, encoding='utf-8') as file:
                    add_deb(bill, path, parse_status(file.read()))
            elif path.endswith('.whl'):
                add_wheel(bill, path)
            else:
                raise ValueError(f'{path} is neither a .deb nor a .whl')
        for image in sorted(options.image):
            path, _, root = image.partition('=')
            add_image(bill, path, root, options.version)
    except (ValueError, OSError, subprocess.CalledProcessError) as error:
        print(f'sbom.py: {error}', file=sys.stderr)
        return 1
    json.dump(bill.document(options.name, options.version, options.created), sys.stdout, indent=1,
              ensure_ascii=False)
    print()
    return 0


if __name__ == '__main__':
    sys.exit(main())
