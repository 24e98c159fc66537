"""What is expected, laid beside what is: the words scenarios are written in."""

DROP = "$drop"


class Unmet(Exception):
    """What was expected, and what was."""


def merge(base, given):
    """`given` laid over `base`: "$drop" takes a member out, null is sent as null."""
    if not (isinstance(base, dict) and isinstance(given, dict)):
        return given
    out = dict(base)
    for name, value in given.items():
        if value == DROP:
            out.pop(name, None)
        else:
            out[name] = merge(out.get(name), value)
    return out


def unlike(wanted, found, where=""):
    """The first place where `found` lacks what is wanted: members of objects, items of lists, "~text" a part of it."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name, value in wanted.items():
            difference = unlike(value, found.get(name), f"{where}/{name}")
            if difference:
                return difference
        return None
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return next((text for at, value in enumerate(wanted)
                     if (text := unlike(value, found[at], f"{where}/{at}"))), None)
    if isinstance(wanted, str) and wanted.startswith("~") and isinstance(found, str) and wanted[1:] in found:
        return None
    if wanted == "*" and found:
        return None
    return None if wanted == found else f"{where or '/'} is {found!r}, expected {wanted!r}"
