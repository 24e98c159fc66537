#!/bin/bash
# How the libraries beside this script were made: plugins of ABI 1.0, by three compilers, stripped. They are kept, and
# every later host loads them. Not run by the tests: what is made today is not what was made then. A new minor of the
# ABI has a folder of its own, made by a copy of this script.
#
#   mixed_gcc.so, mixed_clang.so   tests/conformance/behaving/mixed.cpp: a step of each kind of the C++ layer
#   echo_c.so                      tests/sdk/c_plugin/echo.c: abi.h alone
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

link=(-shared -Wl,-z,defs -Wl,--as-needed -Wl,-s -Wl,--version-script=sdk/cmake/exports.map)
hidden=(-Os -fPIC -fvisibility=hidden)

cxx() { # <compiler> <library> [option…]
  local compiler=$1 library=$2 source object objects=()
  shift 2
  for source in sdk/source/{async,codec,descriptor,duration,findings,host,message,outcome,path}.cpp \
    tests/conformance/behaving/mixed.cpp; do
    object=$work/$(basename "$compiler")-$(basename "$source").o
    "$compiler" -std=c++20 "${hidden[@]}" -fvisibility-inlines-hidden -DMSGPACK_NO_BOOST -Isdk/include "$@" \
      -c "$source" -o "$object"
    objects+=("$object")
  done
  "$compiler" "${link[@]}" "${objects[@]}" -o "$here/$library"
}

cxx g++ mixed_gcc.so -fno-gnu-unique
cxx clang++ mixed_clang.so
gcc -std=c11 "${hidden[@]}" -Isdk/include "${link[@]}" tests/sdk/c_plugin/echo.c -o "$here/echo_c.so"

for compiler in g++ clang++ gcc ld; do "$compiler" --version | head -n 1; done
sed -n 's/^PRETTY_NAME=//p' /etc/os-release
(cd "$here" && sha256sum -- *.so && stat -c '%s bytes  %n' -- *.so)
