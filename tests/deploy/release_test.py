#!/usr/bin/env python3
"""deploy/release.sh on a tiny checkout: what it refuses, and the notes, sums and bill that it writes."""

import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATUS = '''\
Package: libc6
Status: install ok installed
Maintainer: GNU Libc Maintainers <libc@example.org>
Architecture: amd64
Version: 2.36-9
Depends: libgcc-s1, libcrypt1 (>= 1:4.4)

Package: libgcc-s1
Status: install ok installed
Architecture: amd64
Version: 12.2.0-14
Depends: libc6 (>= 2.35)

Package: libcrypt1-real
Status: install ok installed
Architecture: amd64
Version: 1:4.4.33-2
Provides: libcrypt1 (= 1:4.4.33-2), other

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1
'''
CHANGELOG = '''\
# Changelog

## [Unreleased]

## [9.8.7] - 2026-01-02

### Added
- Everything.

## [9.8.6] - 2025-01-02

- Nothing.

[9.8.6]: https://example.org/9.8.6
'''


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          **options)


def make_deb(folder, name, depends, libraries=True, records=True):
    """A package like electrad's: libraries, and pip's record of where they come from."""
    tree = folder / f'{name}-tree'
    (tree / 'DEBIAN').mkdir(parents=True)
    (tree / 'DEBIAN/control').write_text(
        f'Package: {name}\nVersion: 9.8.7\nArchitecture: amd64\nMaintainer: a <a@example.org>\n'
        f'Depends: {depends}\nDescription: a test\n')
    if libraries:
        (tree / 'usr/lib/electrad').mkdir(parents=True)
        (tree / 'usr/lib/electrad/libtorch.so').write_bytes(b'library')
    if records:
        record = tree / 'usr/share/doc/electrad/bundled/torch-2.13.0+cpu.dist-info'
        record.mkdir(parents=True)
        (record / 'METADATA').write_text('Metadata-Version: 2.4\nName: torch\n'
                                         'Version: 2.13.0+cpu\nLicense-Expression: BSD-3-Clause\n')
    path = folder / f'{name}_9.8.7_amd64.deb'
    subprocess.run(['dpkg-deb', '--root-owner-group', '--build', tree, path], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def make_wheel(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, 'w') as wheel:
        wheel.writestr('electrad_client-9.8.7.dist-info/METADATA',
                       'Metadata-Version: 2.4\nName: electrad-client\nVersion: 9.8.7\n'
                       'Requires-Dist: grpcio>=1.51\n'
                       'Requires-Dist: pandas; extra == "pandas"\n')
    return path


class BillTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / 'status').write_text(STATUS)

    def bill(self, *arguments):
        return run(sys.executable, '-B', ROOT / 'deploy/release/sbom.py', '--name', 'electra',
                   '--version', '9.8.7', '--created', '86400', '--dpkg', self.folder / 'status',
                   *arguments)

    def relations(self, document):
        names = {package['SPDXID']: package['name'] for package in document['packages']}
        names['SPDXRef-DOCUMENT'] = 'document'
        return {(names[one['spdxElementId']], one['relationshipType'],
                 names[one['relatedSpdxElement']]) for one in document['relationships']}

    def test_of_packages_wheel_and_image(self):
        deb = make_deb(self.folder, 'electrad', 'libc6 (>= 2.34) | libc6.1')
        wheel = make_wheel(self.folder / 'electrad_client-9.8.7-py3-none-any.whl')
        root = self.folder / 'root'
        subprocess.run(['dpkg-deb', '-x', deb, root], check=True)
        (root / 'var/lib/dpkg').mkdir(parents=True)
        (root / 'var/lib/dpkg/status').write_text(STATUS)
        image = self.folder / 'electrad-9.8.7-cpu.oci.tar'
        image.write_bytes(b'image')

        first = self.bill(deb, wheel, '--image', f'{image}={root}')
        self.assertEqual(first.returncode, 0, first.stderr)
        document = json.loads(first.stdout)

        self.assertEqual(document['spdxVersion'], 'SPDX-2.3')
        self.assertEqual(document['creationInfo']['created'], '1970-01-02T00:00:00Z')
        self.assertEqual(self.relations(document), {
            ('document', 'DESCRIBES', deb.name),
            ('document', 'DESCRIBES', wheel.name),
            ('document', 'DESCRIBES', image.name),
            (deb.name, 'DEPENDS_ON', 'libc6'),
            ('libc6', 'DEPENDS_ON', 'libgcc-s1'),
            ('libc6', 'DEPENDS_ON', 'libcrypt1-real'),
            ('libgcc-s1', 'DEPENDS_ON', 'libc6'),
            (deb.name, 'CONTAINS', 'torch'),
            (wheel.name, 'DEPENDS_ON', 'grpcio'),
            (image.name, 'CONTAINS', 'libc6'),
            (image.name, 'CONTAINS', 'libgcc-s1'),
            (image.name, 'CONTAINS', 'libcrypt1-real'),
            (image.name, 'CONTAINS', 'torch'),
        })
        packages = {package['name']: package for package in document['packages']}
        self.assertEqual(packages[deb.name]['checksums'][0]['checksumValue'],
                         hashlib.sha256(deb.read_bytes()).hexdigest())
        self.assertEqual(packages['torch']['licenseDeclared'], 'BSD-3-Clause')
        self.assertEqual(packages['torch']['externalRefs'][0]['referenceLocator'],
                         'pkg:pypi/torch@2.13.0%2Bcpu')
        self.assertEqual(packages['libcrypt1-real']['externalRefs'][0]['referenceLocator'],
                         'pkg:deb/debian/libcrypt1-real@1%3A4.4.33-2?arch=amd64')
        identifiers = [package['SPDXID'] for package in document['packages']]
        self.assertEqual(len(identifiers), len(set(identifiers)))
        for identifier in identifiers:
            self.assertRegex(identifier, r'^SPDXRef-[A-Za-z0-9.-]+$')

        again = self.bill(wheel, deb, '--image', f'{image}={root}')
        self.assertEqual(again.stdout, first.stdout)

    def test_refuses_libraries_of_unknown_origin(self):
        result = self.bill(make_deb(self.folder, 'electrad', 'libc6', records=False))
        self.assertEqual(result.returncode, 1)
        self.assertIn('no record of where they come from', result.stderr)

    def test_refuses_a_dependency_that_dpkg_does_not_know(self):
        result = self.bill(make_deb(self.folder, 'electra', 'libc6, removed', libraries=False))
        self.assertEqual(result.returncode, 1)
        self.assertIn('electra depends on removed, which is not installed here', result.stderr)


class ReleaseTest(unittest.TestCase):
    """The script on a checkout whose build folder holds a wheel."""

    def setUp(self):
        self.checkout = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.checkout / 'deploy').mkdir()
        for name in ('release.sh', 'packages.sh', 'images.sh'):
            shutil.copy(ROOT / 'deploy' / name, self.checkout / 'deploy')
        shutil.copytree(ROOT / 'deploy/release', self.checkout / 'deploy/release')
        (self.checkout / 'CMakeLists.txt').write_text('project(electra VERSION 9.8.7)\n')
        (self.checkout / 'CHANGELOG.md').write_text(CHANGELOG)
        (self.checkout / '.gitignore').write_text('/build/\n__pycache__/\n')
        self.git('init', '-q')
        self.commit()

    def git(self, *arguments):
        subprocess.run(['git', '-c', 'user.name=a', '-c', 'user.email=a@example.org', *arguments],
                       cwd=self.checkout, check=True)

    def commit(self):
        self.git('add', '-A')
        self.git('commit', '-q', '-m', 'A release')

    def release(self, *arguments):
        return run('bash', self.checkout / 'deploy/release.sh', *arguments,
                   env={'PATH': '/usr/bin:/bin', 'RELEASE_BUILD': 'build/tree'})

    def test_makes_a_release_twice_the_same(self):
        make_wheel(self.checkout / 'build/tree/client/python/dist'
                   '/electrad_client-9.8.7-py3-none-any.whl')
        folder = self.checkout / 'build/dist/9.8.7'
        sums = []
        for _ in range(2):
            result = self.release('9.8.7', '--only', 'wheel')
            self.assertEqual(result.returncode, 0, result.stderr)
            sums.append((folder / 'SHA256SUMS').read_text())
        self.assertEqual(sums[0], sums[1])
        self.assertEqual({path.name for path in folder.iterdir()},
                         {'NOTES.md', 'SHA256SUMS', 'electra-9.8.7.spdx.json',
                          'electrad_client-9.8.7-py3-none-any.whl'})
        self.assertEqual(len(sums[0].splitlines()), 3)
        check = run('sha256sum', '--check', '--strict', 'SHA256SUMS', cwd=folder)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
        self.assertEqual((folder / 'NOTES.md').read_text(), '### Added\n- Everything.\n')

    def assert_refuses(self, result, message, status=1):
        self.assertEqual(result.returncode, status, result.stdout)
        self.assertIn(message, result.stderr)
        self.assertFalse(list(self.checkout.glob('build/dist/*/SHA256SUMS')))

    def test_refuses_what_the_name_would_not_say(self):
        self.assert_refuses(self.release('9.8.7', '--only', 'wheel'), 'target python_wheel')
        self.assert_refuses(self.release('9.8.6'), 'CMakeLists.txt has version 9.8.7, not 9.8.6')
        self.assert_refuses(self.release('9.8.7', '--only', 'wheels'), 'usage', 2)
        self.assert_refuses(self.release('9.8.7', '--only', ''), 'usage', 2)
        self.assert_refuses(self.release(), 'usage', 2)
        (self.checkout / 'forgotten.cc').touch()
        self.assert_refuses(self.release('9.8.7', '--only', 'wheel'), '?? forgotten.cc')
        (self.checkout / 'CMakeLists.txt').write_text('project(electra VERSION 10.0.0)\n')
        self.commit()
        self.assert_refuses(self.release('10.0.0'), 'no section [10.0.0]; there are: Unreleased, '
                            '9.8.7, 9.8.6')

    def test_an_empty_section_is_no_notes(self):
        result = run(sys.executable, '-B', ROOT / 'deploy/release/notes.py', 'Unreleased',
                     self.checkout / 'CHANGELOG.md')
        self.assertEqual(result.returncode, 1)
        self.assertIn('the section [Unreleased] is empty', result.stderr)
        result = run(sys.executable, '-B', ROOT / 'deploy/release/notes.py', '9.8.6',
                     self.checkout / 'CHANGELOG.md')
        self.assertEqual(result.stdout, '- Nothing.\n')


if __name__ == '__main__':
    unittest.main()
