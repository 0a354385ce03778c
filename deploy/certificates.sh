#!/usr/bin/env bash
# Makes the certificates of a daemon: a CA of its own, a certificate of the server for the names and
# addresses by which clients reach it, and certificates of clients.
#
#   deploy/certificates.sh [--out FOLDER] [--days N] [--owner UID] [--client NAME]... [SERVER_NAME]...
#
#   deploy/certificates.sh --out ~/certificates gpu-node gpu-node.example.com 192.0.2.7
#   deploy/certificates.sh --out ~/certificates --client ann --client bob     # later, by the same CA
#
#   --out FOLDER    where they go (default: certificates); a CA in it is used again
#   --days N        how long they are valid (default: 825; the CA: ten years)
#   --owner UID     who may read server.key, where the daemon runs as another user
#   --client NAME   NAME.pem and NAME.key; `electra token create --certificate NAME` gives it a role
#
# The daemon takes server.pem and server.key (--tls-cert, --tls-key) and, for client certificates,
# ca.pem (--tls-client-ca); each client takes ca.pem. An existing server certificate is replaced,
# and a running daemon reads the new one; an existing client certificate is not. ca.key makes
# certificates that all of them trust: keep it away from the daemon's machine.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/packages.sh"

usage() {
  sed -n 's/^# \{0,1\}//; 2,/^set -/{/^set -/!p}' "${BASH_SOURCE[0]}"
}
refuse() {
  echo "certificates.sh: $1" >&2
  exit 2
}

out=certificates days=825 owner='' clients=() servers=()
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --out | --days | --owner | --client)
      [ -n "${2:-}" ] || refuse "$1 needs a value"
      case $1 in
        --out) out=$2 ;;
        --days) days=$2 ;;
        --owner) owner=$2 ;;
        --client) clients+=("$2") ;;
      esac
      shift 2
      ;;
    -*) refuse "$1 is not an option; see --help" ;;
    *) servers+=("$1"); shift ;;
  esac
done
[ $((${#servers[@]} + ${#clients[@]})) -gt 0 ] ||
  refuse "expected the names by which clients reach the server, or --client NAME; see --help"
[[ $days =~ ^[1-9][0-9]*$ ]] || refuse "--days $days: expected a whole number of days above 0"
for name in "${servers[@]}" "${clients[@]}"; do
  [[ $name =~ ^[A-Za-z0-9*._:@-]{1,64}$ ]] ||
    refuse "'$name' is not a name: letters, digits and *._:@- make one, 64 at most"
done
for name in "${clients[@]}"; do
  [[ $name != ca && $name != server ]] || refuse "--client $name: that name is taken"
  [ ! -e "$out/$name.pem" ] || refuse "$out/$name.pem is there already; remove it to make another"
done

umask 077
mkdir -p "$out"
work=$(mktemp -d "$out/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT

# key_and_certificate NAME SUBJECT DAYS EXTENSION... [-- OPTION...]: writes both to $work.
key_and_certificate() {
  local name=$1 subject=$2 lifetime=$3
  shift 3
  local extensions=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do extensions+=("$1"); shift; done
  [ $# -eq 0 ] || shift
  {
    printf '[req]\ndistinguished_name = subject\nx509_extensions = extensions\n[subject]\n[extensions]\n'
    printf 'subjectKeyIdentifier = hash\n'
    printf '%s\n' "${extensions[@]}"
  } >"$work/openssl.cnf"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -sha256 -nodes \
    -config "$work/openssl.cnf" -subj "/CN=$subject" -days "$lifetime" \
    -keyout "$work/$name.key" -out "$work/$name.pem" "$@" 2>"$work/openssl.log" ||
    { cat "$work/openssl.log" >&2; exit 1; }
  chmod 644 "$work/$name.pem"
}
signed_by_ca=(-- -CA "$out/ca.pem" -CAkey "$out/ca.key")
# The key first: a daemon that reads between the two finds a pair that does not fit, and reads again.
keep() {
  mv -f "$work/$1.key" "$work/$1.pem" "$out/"
}

if [ ! -e "$out/ca.key" ]; then
  key_and_certificate ca "electrad CA" 3650 "basicConstraints = critical, CA:TRUE, pathlen:0" \
    "keyUsage = critical, keyCertSign, cRLSign"
  keep ca
fi
leaf=("basicConstraints = critical, CA:FALSE" "authorityKeyIdentifier = keyid"
      "keyUsage = critical, digitalSignature")

if [ ${#servers[@]} -gt 0 ]; then
  names=
  for name in "${servers[@]}"; do
    kind=DNS
    [[ $name =~ ^[0-9.]+$ || $name == *:* ]] && kind=IP
    names+=${names:+, }$kind:$name
  done
  key_and_certificate server "${servers[0]}" "$days" "${leaf[@]}" "subjectAltName = $names" \
    "extendedKeyUsage = serverAuth" "${signed_by_ca[@]}"
  [ -z "$owner" ] || as_root chown "$owner" "$work/server.key"
  keep server
  echo "server: $out/server.pem, $out/server.key for ${servers[*]}"
fi
for name in "${clients[@]}"; do
  key_and_certificate "$name" "$name" "$days" "${leaf[@]}" "extendedKeyUsage = clientAuth" \
    "${signed_by_ca[@]}"
  keep "$name"
  echo "client: $out/$name.pem, $out/$name.key"
done
echo "CA, for clients (--ca) and for client certificates (--tls-client-ca): $out/ca.pem"
