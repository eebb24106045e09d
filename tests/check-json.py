# SPDX-License-Identifier: MIT
"""check-json.py MNT: every object's file `json` says what its other files say.

Says how many objects and values were compared; what differs is an exception.
"""
import base64
import errno
import json
import os
import sys


def refuse(word):
    raise ValueError(word + " is no JSON")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def to_bytes(value):
    """The bytes that json_bytes() was given."""
    if isinstance(value, dict):
        assert list(value) == ["base64"], value
        return base64.b64decode(value["base64"], validate=True)
    return value.encode()


def escape(data):
    """core/text.h, for the texts in these tests."""
    return data.replace(b"\\", b"\\\\").replace(b"\t", b"\\t").replace(b"\n", b"\\n")


def content(value, type_name):
    """The field's file, made from its value in JSON."""
    if isinstance(value, list):
        rows = [b"%d\t%d\t%s" % (n["offset"], n["next"], escape(to_bytes(n["text"]))) for n in value]
        return b"\n".join([b"OFFSET\tNEXT\tTEXT"] + rows) + b"\n"
    if isinstance(value, (bool, int, float)):
        return json.dumps(value).encode() + b"\n"
    return to_bytes(value) + (b"" if type_name == "bytes" else b"\n")


def check_fields(path, top):
    types = {row["name"]: row["type"] for row in top["layout"]["rows"]}
    for name, value in top["fields"].items():
        try:
            data = read(os.path.join(path, os.fsencode(name)))
        except OSError as error:
            assert value is None, (path, name, value)
            assert top["errors"][name] == errno.errorcode[error.errno], (path, name)
            continue
        assert name not in top["errors"], (path, name)
        assert data == content(value, types[name]), (path, name, value, data)
    files = set(os.listdir(path)) - {b"raw", b"fields", b"layout", b"stat", b"json", b"holders",
                                     b"waiters", b"verdict", b"access"}
    # What is counted in /proc is no value of the object's.
    files = {name for name in files if not name.endswith(b"_waiters")}
    assert files == {os.fsencode(name) for name in top["fields"]}, (path, files)
    assert set(top["errors"]) <= set(top["fields"]), path


def check_layout(path, layout):
    rows = [[str(row[key] if row[key] is not None else "-")
             for key in ("offset", "size", "type", "name")] for row in layout["rows"]]
    lines = [layout["name"] or "unknown", "from " + layout["from"]] + ["\t".join(r) for r in rows]
    assert read(path + b"/layout").decode() == "\n".join(lines) + "\n", path
    assert (layout["abi"] is None) == (layout["name"] is None), path


def check_stat(path, stat):
    lines = [line.split("\t", 1) for line in read(path + b"/stat").decode().splitlines()]
    assert [key for key, _ in lines] == ["name"] + list(stat), path
    for key, text in lines[1:]:
        assert isinstance(stat[key], int) == (key in
            ("inode", "owner", "group", "size", "blocks", "nlink")), key
        assert str(stat[key]) == text or key == "atime", (path, key, text)


def check_table(path, rows):
    """What both say of who they are; the rest may change meanwhile."""
    lines = [line.split("\t") for line in read(path).decode().splitlines()]
    keys = [key.lower() for key in lines[0]]
    assert all(list(row) == keys for row in rows), path
    assert [line[:3] for line in lines[1:]] == [["-" if row[key] is None else str(row[key])
                                             for key in keys[:3]] for row in rows]


def check_verdict(path, verdict):
    assert list(verdict) == ["word", "reasons"], path
    assert all(isinstance(line, str) for line in verdict["reasons"]), path
    assert read(path + b"/verdict").decode().splitlines()[0] == verdict["word"], path


def check_object(path):
    data = read(path + b"/json")
    assert data.count(b"\n") == 1 and data.endswith(b"\n"), path
    assert not any(c < 0x20 or c == 0x7f for c in data[:-1]), path
    assert os.stat(path + b"/json").st_size == len(data), path
    top = json.loads(data.decode("utf-8"), parse_constant=refuse)
    assert list(top) == ["name", "layout", "stat", "fields", "errors", "holders", "waiters",
                         "unseen", "verdict", "access"], path
    assert to_bytes(top["name"]) == os.path.basename(path), path
    check_layout(path, top["layout"])
    check_stat(path, top["stat"])
    check_fields(path, top)
    check_table(path + b"/holders", top["holders"])
    check_table(path + b"/waiters", top["waiters"])
    check_verdict(path, top["verdict"])
    check_table(path + b"/access", top["access"])
    return len(top["fields"]), len(top["errors"])


def main():
    top = os.fsencode(sys.argv[1])
    found = [check_object(os.path.join(top, name))
             for name in sorted(os.listdir(top)) if name != b".pshmfs"]
    print(len(found), sum(fields for fields, _ in found), sum(errors for _, errors in found))


main()
