#!/bin/sh
# A plugin outside this tree is built and tested with nothing but the installed package.
#   installed_package_test.sh <build folder> <template> <compiler> <sanitizers>
set -e
build=$1 template=$2 compiler=$3 sanitize=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cmake --install "$build" --component sdk --prefix "$folder/prefix" >"$folder/install.log"
cp -r "$template" "$folder/source"
flags=
[ -z "$sanitize" ] || flags="-fsanitize=$sanitize"
cmake -S "$folder/source" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror $flags" >"$folder/configure.log" ||
  { cat "$folder/configure.log"; exit 1; }

# Installed headers only: none of this tree's may be found by chance.
if grep -rq "$(dirname "$(dirname "$template")")" "$folder/build/build.ninja" "$folder/prefix/lib/cmake"; then
  echo "the package points back into the source tree:"
  grep -rn "$(dirname "$(dirname "$template")")" "$folder/build/build.ninja" "$folder/prefix/lib/cmake"
  exit 1
fi
cmake --build "$folder/build"
ctest --test-dir "$folder/build" --output-on-failure --no-tests=error
"$(dirname "$0")/exports_test.sh" "$folder/build/limit.so"
