#!/usr/bin/env bash
# Builds a release into build/dist/VERSION, from a clean checkout, on Debian 12, as root:
#
#   electra_VERSION_ARCH.deb, electrad_VERSION_ARCH.deb
#   electrad-VERSION-cpu.oci.tar, electrad-VERSION-cuda.oci.tar      images for podman and skopeo
#   electrad_client-VERSION-py3-none-any.whl
#   electra-VERSION.spdx.json   what they contain: packages of Debian and PyPI, with versions
#   NOTES.md                    the version's section of CHANGELOG.md
#   SHA256SUMS                  of all the others
#
#   deploy/release.sh 0.2.0
#   deploy/release.sh 0.2.0 --only packages,wheel,cpu    # cpu, cuda: one image; images: both
#
# The image for the same torch as the packages contains these packages; the other one is compiled.
#
#   ELECTRA_TORCH, ELECTRA_TORCH_INDEX, ELECTRA_JOBS   as in setup.sh; the packages have its torch
#   CPU_TORCH_INDEX   index of CPU wheels of torch for the image (PyTorch's own by default)
#   DEBIAN_IMAGE      base of the images (default: made by debootstrap from the mirror that apt uses)
#   DEBIAN_MIRROR     their mirror: a day of snapshot.debian.org makes them the same on any day
#   BUILD_ARGS        more arguments for buildah, as in test-image.sh
#   RELEASE_BUILD     packs what is built in this folder and compiles nothing: to try the packing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh

fail() {
  echo "release.sh: $*" >&2
  exit 1
}
usage() {
  echo "usage: deploy/release.sh VERSION [--only packages,images,cpu,cuda,wheel]" >&2
  exit 2
}

version=
only=packages,images,wheel
while [ $# -gt 0 ]; do
  case "$1" in
    --only) shift; only=${1:-} ;;
    -*) usage ;;
    *) [ -z "$version" ] || usage; version=$1 ;;
  esac
  shift
done
[ -n "$version" ] || usage
for part in ${only//,/ }; do
  case "$part" in packages | images | cpu | cuda | wheel) ;; *) usage ;; esac
done
[ -n "${only//,/}" ] || usage
only=${only/images/cpu,cuda}
wants() { [[ ,$only, == *,$1,* ]]; }

# Before anything is built, check that the checkout is the release that was named.
changed=$(git status --porcelain | head -n 5)
[ -z "$changed" ] || fail "the checkout is not clean; commit or remove:"$'\n'"$changed"
project=$(sed -n 's/^project(electra VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
[ "$version" = "$project" ] || fail "CMakeLists.txt has version $project, not $version"
notes=$(python3 -B deploy/release/notes.py "$version" CHANGELOG.md) ||
  fail "rename the section [Unreleased] to [$version] and commit"

# Times, names and modes that come from the commit, not from the day or the user.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
umask 022
commit=$(git rev-parse HEAD)
tree=$(realpath -m "${RELEASE_BUILD:-build/dist/tree}")
out=$PWD/build/dist/$version
rm -rf "$out" "$out.unfinished"
mkdir -p "$out.unfinished"
printf '%s\n' "$notes" >"$out.unfinished/NOTES.md"

configure() {
  ELECTRA_ONLY=dependencies deploy/setup.sh
  rm -rf "$tree"
  # Paths of this checkout stay out of the programs.
  cmake --preset release -B "$tree" -DELECTRA_BUILD_TESTS=OFF \
    -DCMAKE_CXX_FLAGS="-ffile-prefix-map=$PWD=." ${LIBTORCH_ROOT:+-DLIBTORCH_ROOT="$LIBTORCH_ROOT"}
}

build_packages() {
  install_packages dpkg-dev file
  if [ -z "${RELEASE_BUILD:-}" ]; then
    say "building the packages"
    cmake --build "$tree" -j "${ELECTRA_JOBS:-2}"
  fi
  say "packing them"
  cpack --config "$tree/CPackConfig.cmake" -G DEB -B "$out.unfinished"
  rm -rf "$out.unfinished/_CPack_Packages"
}

build_wheel() {
  if [ -z "${RELEASE_BUILD:-}" ]; then
    say "building the wheel"
    # 70.1 is the first that makes wheels by itself.
    build/venv/bin/pip install --quiet --disable-pip-version-check 'setuptools>=70.1'
    cmake --build "$tree" --target python_wheel
  fi
  local wheel=$tree/client/python/dist/electrad_client-$version-py3-none-any.whl
  [ -f "$wheel" ] || fail "there is no $wheel, which the target python_wheel makes"
  cp "$wheel" "$out.unfinished/"
}

# Prints the kind of the packages that were made: cpu or cuda.
packages_kind() {
  local files
  files=$(dpkg-deb --contents "$out.unfinished"/electrad_*.deb)
  case "$files" in */libtorch_cuda.so*) echo cuda ;; *) echo cpu ;; esac
}

# build_image KIND: cpu or cuda.
build_image() {
  local kind=$1 tag=localhost/electrad:$version-$1 archive made arguments=()
  archive=$out.unfinished/electrad-$version-$kind.oci.tar
  [ "$kind" != cpu ] ||
    arguments+=(--build-arg "TORCH_INDEX=${CPU_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}")
  if wants packages && [ "$(packages_kind)" = "$kind" ]; then
    made=$work/made-packages  # instead of the stage that compiles
    rm -rf "$made"
    mkdir -p "$made/packages"
    cp -p "$out.unfinished"/*.deb "$made/packages"
    (cd "$made/packages" && sha256sum -- *.deb >packages.sha256)
    arguments+=(--build-context "build=$made")
  fi
  say "building the image for $kind"
  # shellcheck disable=SC2086  # several arguments
  buildah bud --format oci --timestamp "$SOURCE_DATE_EPOCH" \
    --ignorefile deploy/Dockerfile.dockerignore -f deploy/Dockerfile --target electrad \
    --build-arg DEBIAN_IMAGE="${DEBIAN_IMAGE:-localhost/debian:12}" \
    --build-arg DEBIAN_MIRROR="${DEBIAN_MIRROR:-}" --build-arg ACCELERATOR="$kind" \
    --build-arg JOBS="${ELECTRA_JOBS:-2}" --build-arg VERSION="$version" \
    --build-arg REVISION="$commit" --build-arg SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" \
    "${arguments[@]}" ${BUILD_ARGS:-} -t "$tag" .
  # It stays mounted until the bill is written.
  local container
  container=$(buildah from "$tag")
  containers+=("$container")
  # Packed by tar, since buildah's own archive has the current times.
  rm -rf "$work/oci"
  buildah push "$tag" "oci:$work/oci:electrad:$version-$kind"
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    -C "$work/oci" -cf "$archive" blobs index.json oci-layout
  bill+=(--image "$archive=$(buildah mount "$container")")
}

bill=()
containers=()
remove_containers() { [ ${#containers[@]} = 0 ] || buildah rm "${containers[@]}" >/dev/null; }
trap remove_containers EXIT
if [ -z "${RELEASE_BUILD:-}" ] && { wants packages || wants wheel; }; then configure; fi
if wants packages; then
  build_packages
  bill+=("$out.unfinished"/*.deb)
fi
if wants wheel; then
  build_wheel
  bill+=("$out.unfinished"/*.whl)
fi
if wants cpu || wants cuda; then
  install_packages buildah debootstrap
  work=$(realpath -m build/image)
  mkdir -p "$work"
  . deploy/images.sh
  [ -n "${DEBIAN_IMAGE:-}" ] || base_image
  ! wants cpu || build_image cpu
  ! wants cuda || build_image cuda
fi

say "the bill of materials and the sums"
python3 -B deploy/release/sbom.py --name electra --version "$version" \
  --created "$SOURCE_DATE_EPOCH" "${bill[@]}" >"$out.unfinished/electra-$version.spdx.json"
(cd "$out.unfinished" && sha256sum -- * >../SHA256SUMS && mv ../SHA256SUMS .)
mv "$out.unfinished" "$out"
cat "$out/SHA256SUMS"
say "$out is the release $version of $commit"
