#!/bin/sh
# What is missing is named at once, by the package's name on this distribution, with the one line that installs it.
set -u
deps="$(dirname "$0")/../deps"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Where pkg-config finds no library at all.
export PKG_CONFIG_LIBDIR="$work" OS_RELEASE="$work/os-release"
n=0

# on OS-RELEASE TEXT...: on that system, `need` fails, and says each TEXT.
on() {
    echo "$1" >"$OS_RELEASE"
    name=$1
    shift
    n=$((n + 1))
    if "$deps" need program >"$work/said" 2>&1; then
        echo "not ok $n - $name: nothing is missed"
        return
    fi
    for text in "$@"; do
        grep -qF -- "$text" "$work/said" || { echo "not ok $n - $name: does not say $text" && sed 's/^/# /' "$work/said" && return; }
    done
    echo "ok $n - $name"
}

on 'ID=debian' 'missing on this machine:' 'libarchive-dev libjansson-dev libpcap-dev' \
    'install with: apt-get update && apt-get install -y --no-install-recommends libarchive-dev '
on 'ID=linuxmint ID_LIKE="ubuntu debian"' 'apt-get install'
on 'ID=fedora' 'install with: dnf install -y jansson-devel libarchive-devel libpcap-devel libzstd-devel'
on 'ID=alpine' 'install with: apk add jansson-dev libarchive-dev libpcap-dev'
on 'ID=plan9' "these are Debian's package names" 'libpcap-dev'

echo ID=debian >"$OS_RELEASE"
n=$((n + 1))
if [ "$("$deps" modules tests)" = check ] && "$deps" modules program | grep -qx libpcap; then
    echo "ok $n - modules"
else
    echo "not ok $n - modules"
fi
n=$((n + 1))
if awk '!/^#/ && NF && NF != 5 { bad = 1 } END { exit bad }' "$(dirname "$0")/../packages"; then
    echo "ok $n - each row of the list names a package on each distribution"
else
    echo "not ok $n - each row of the list names a package on each distribution"
fi
echo "1..$n"
