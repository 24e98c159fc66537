#!/bin/sh
# Plugins outside this tree are made, built, tested and checked with nothing but the installed package: what
# `jackfield plugin new` gives, as it stands.
#   installed_package_test.sh <build folder> <source tree> <compiler> <sanitizers>
set -e
build=$1 tree=$2 compiler=$3 sanitize=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/prefix

for component in sdk host; do
  cmake --install "$build" --component "$component" --prefix "$prefix" >>"$folder/install.log"
done
cd "$folder"
"$prefix/bin/jackfield" plugin new step order_check
"$prefix/bin/jackfield" plugin new adapter courier --directory "$folder"
flags=
[ -z "$sanitize" ] || flags="-fsanitize=$sanitize"
for id in order_check courier; do
  cmake -S "$folder/$id" -B "$folder/$id/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror $flags" >"$folder/configure.log" ||
    { cat "$folder/configure.log"; exit 1; }
  # Installed headers only: none of this tree's may be found by chance.
  if grep -rn "$tree" "$folder/$id/build/build.ninja" "$prefix/lib/cmake"; then
    echo "the package points back into the source tree"
    exit 1
  fi
  if grep -rni sample "$folder/$id" --include='*.*' --exclude-dir=build; then
    echo "the template's own name is left in $id"
    exit 1
  fi
  cmake --build "$folder/$id/build"
  ctest --test-dir "$folder/$id/build" --output-on-failure --no-tests=error
  ctest --test-dir "$folder/$id/build" -N | grep -q "$id.check" || { echo "$id is not checked by its tests"; exit 1; }
  "$prefix/bin/jackfield" plugin check "$folder/$id/build/$id.so" --settings "$folder/$id/settings.yaml" --seed 7114
  "$tree/tests/sdk/exports_test.sh" "$folder/$id/build/$id.so"
done
