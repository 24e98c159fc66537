#!/usr/bin/env python3
"""The code in the SDK's README is the code that is tested: each block after `<!-- file -->` is that file.

    readme_test.py README.md [--write]     --write puts the files' text in place
"""
import pathlib
import re
import sys

readme = pathlib.Path(sys.argv[1])
text = readme.read_text()
block = re.compile(r"(<!-- (\S+) -->\n```\w+\n)(.*?)(```\n)", re.DOTALL)


def with_file(match):
    return match[1] + (readme.parent / match[2]).read_text() + match[4]


wanted, count = block.subn(with_file, text)
if count < 3:
    sys.exit(f"{readme}: expected three blocks of code taken from files, found {count}")
if sys.argv[2:] == ["--write"]:
    readme.write_text(wanted)
elif wanted != text:
    sys.exit(f"{readme}: its code is not that of the files: run {sys.argv[0]} {readme} --write")
