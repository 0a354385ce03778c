# shellcheck shell=bash
# Functions of the scripts that build images; source this file, do not run it. Needs root and, from
# apt, buildah and debootstrap. The caller sets `work`, the folder for storage and the base image.
#
#   STORAGE_DRIVER  for buildah (default: overlay where the kernel has it, else vfs, which copies)

driver=vfs
grep -qw overlay /proc/filesystems && driver=overlay
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=${STORAGE_DRIVER:-$driver} STORAGE_OPTS=
buildah() { command buildah --root "${work:?}/storage" --runroot "$work/run" "$@"; }

# The mirror of Debian that apt uses here.
debian_mirror() {
  apt-cache policy | sed -n 's/^ *[0-9]* \(http[^ ]*\) [^ ]*\/main .*/\1/p' | grep -v security |
    head -n 1
}

# Makes localhost/debian:12, instead of Debian's own image, once.
base_image() {
  ! buildah inspect localhost/debian:12 >/dev/null 2>&1 || return 0
  say "a base image from $(debian_mirror)"
  [ -d "$work/base/etc" ] ||
    debootstrap --variant=minbase bookworm "$work/base" "$(debian_mirror)" >"$work/debootstrap.log"
  rm -rf "$work"/base/var/cache/apt/archives/*.deb "$work"/base/var/lib/apt/lists/*
  tar -C "$work/base" -cf "$work/base.tar" .
  printf 'FROM scratch\nADD base.tar /\nCMD ["bash"]\n' >"$work/Dockerfile.base"
  buildah bud -q -t localhost/debian:12 -f "$work/Dockerfile.base" "$work" >/dev/null
  rm -f "$work/base.tar"
}
