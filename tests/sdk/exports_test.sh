#!/bin/sh
# Each plugin exports jackfield_plugin_v1 and nothing else, and can be named without running it.
for plugin in "$@"; do
  exported=$(nm --dynamic --defined-only --format=posix "$plugin" | cut -d' ' -f1,2)
  if [ "$exported" != "jackfield_plugin_v1 T" ]; then
    echo "$plugin: expected to export jackfield_plugin_v1 alone, found:" "$exported"
    exit 1
  fi
  id=$(basename "$plugin" .so)
  if ! readelf --string-dump=.jackfield "$plugin" | grep -q "id=$id"; then
    echo "$plugin: expected 'id=$id' in its section .jackfield, found:"
    readelf --string-dump=.jackfield "$plugin"
    exit 1
  fi
done
