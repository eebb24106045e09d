# SPDX-License-Identifier: MIT
"""worlds.py MNT LOOK COUNT SEED [DAEMON-PID…]: random worlds, and whether all that is said of them is so.

What there is, is read here from /proc in the plain way; MNT (mounted with max_age=0) and the
program LOOK (snapshot_take(), by PROCMAP_QUERY and by the text of maps) must say the same. A world
that differs is told with its number, by which `worlds.py MNT LOOK 1 NUMBER` makes it again.
"""
import base64
import collections
import json
import os
import random
import struct
import subprocess
import sys
import time

import world

SHM = b"/dev/shm"
STATES = {"R": "running", "S": "sleeping", "D": "blocked", "T": "stopped", "t": "traced",
          "I": "idle", "Z": "zombie"}
HOLDER = ["pid", "user", "command", "state", "kind", "access", "offset", "length", "fd"]
WAITER = ["pid", "tid", "user", "command", "field", "offset", "operation", "timeout", "state"]


def read(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        parts = []
        while True:
            part = os.read(fd, 1 << 16)
            if not part:
                return b"".join(parts)
            parts.append(part)
    finally:
        os.close(fd)


def escape(data):
    """core/text.h, for names and commands."""
    out, i = [], 0
    while i < len(data):
        for n in (1, 2, 3, 4):
            try:
                char = data[i:i + n].decode()
                break
            except UnicodeDecodeError:
                char = None
        if char is None or len(char) != 1 or (char < " " and char not in "\n\t") or "\x7f" <= char < "\xa0":
            out.append("\\x%02x" % data[i])
            i += 1
            continue
        out.append({"\n": "\\n", "\t": "\\t", "\\": "\\\\"}.get(char, char))
        i += len(char.encode())
    return "".join(out)


class Task:
    def __init__(self, pid, tid):
        self.path = "/proc/%d/task/%d/" % (pid, tid)
        self.tid = tid
        self.comm = read(self.path + "comm")[:-1]
        self.state = read(self.path + "stat").rsplit(b")", 1)[1].split()[0].decode()
        # Of one that has ended it is root's.
        call = read(self.path + "syscall").split() if self.state != "Z" else []
        self.call = [int(word, 0) for word in call] if len(call) == 9 else [-1]
        self.wchan = read(self.path + "wchan")

    def sleep(self):
        """(addresses, flag PRIVATE, operation, timed) of a sleep on futexes, or None."""
        number, a = self.call[0], self.call[1:7]
        if number in (world.FUTEX, 219) and a[1] & 0x7f in (0, 9, 6, 11, 13):
            word = "lock-pi" if a[1] & 0x7f in (6, 13) else "wait"
            return [(a[0], a[1] & 0x80)], word, a[3] != 0
        if number == world.FUTEX2:
            return [(a[0], a[3] & 0x80)], "wait", a[4] != 0
        if number == world.WAITV:
            with open(self.path + "mem", "rb", 0) as mem:
                data = os.pread(mem.fileno(), 24 * a[1], a[0])
            rows = [struct.unpack_from("QQII", data, 24 * i) for i in range(a[1])]
            return [(row[1], row[2] & 0x80) for row in rows], "wait", a[3] != 0
        return None


class Seen:
    """One process as /proc has it: rows of holders and of waiters, by inode number."""

    def __init__(self, pid, dev, uid):
        self.pid, self.dev, self.uid = pid, dev, uid
        self.holders = collections.defaultdict(list)
        self.waiters = collections.defaultdict(list)
        self.tasks = [Task(pid, int(tid)) for tid in os.listdir("/proc/%d/task" % pid)]
        self.leader = next(task for task in self.tasks if task.tid == pid)
        self.living = next(task for task in self.tasks if task.state != "Z")
        self.nlink = {}
        self.areas = list(self.read_maps())
        self.read_fds()
        for task in self.tasks:
            if task.state in "ST":
                self.read_sleep(task)

    def add_holder(self, ino, *rest):
        row = (self.pid, self.uid, self.leader.comm, STATES[self.leader.state]) + rest
        self.holders[ino].append(row)

    def read_maps(self):
        for line in read(self.living.path + "maps").split(b"\n")[:-1]:
            span, flags, offset, dev, ino = line.split(None, 5)[:5]
            start, end = (int(x, 16) for x in span.split(b"-"))
            major, minor = (int(x, 16) for x in dev.split(b":"))
            ours = os.makedev(major, minor) == self.dev and int(ino) != 0
            yield start, end, int(offset, 16), flags, int(ino) if ours else 0
            if not ours:
                continue
            self.add_holder(int(ino), "mapping", flags.decode(), int(offset, 16), end - start, None)
            try:
                st = os.stat("/proc/%d/map_files/%x-%x" % (self.living.tid, start, end))
            except PermissionError:
                continue
            assert (st.st_dev, st.st_ino) == (self.dev, int(ino))
            self.nlink[st.st_ino] = st.st_nlink

    def read_fds(self):
        for fd in os.listdir(self.living.path + "fd"):
            st = os.stat(self.living.path + "fd/" + fd)
            if st.st_dev != self.dev:
                continue
            info = read(self.living.path + "fdinfo/" + fd).decode().split()
            flags = int(info[info.index("flags:") + 1], 8)
            access = "--" if flags & os.O_PATH else ["r-", "-w", "rw"][flags & 3]
            self.add_holder(st.st_ino, "fd", access, None, None, int(fd))
            self.nlink[st.st_ino] = st.st_nlink

    def read_sleep(self, task):
        sleep = task.sleep()
        if sleep is None:
            return
        words, operation, timed = sleep
        for number, (address, private) in enumerate(words):
            for start, end, offset, flags, ino in self.areas:
                if not (start <= address < end and ino and flags[3:] == b"s"):
                    continue
                at = address - start + offset
                how = ", private" if private else ""
                if len(words) > 1:
                    how = ", %d of %d" % (number + 1, len(words))
                self.waiters[ino].append((self.pid, task.tid, self.uid, task.comm, None, at,
                                          operation + how, "timed" if timed else "none",
                                          "stopped" if task.state == "T" else "asleep"))


def settled(pid, process):
    """Does each of its threads do what it will do for ever: sleep, or be stopped, or have ended?"""
    tasks = [Task(pid, int(tid)) for tid in os.listdir("/proc/%d/task" % pid)]
    asleep = [t for t in tasks if t.tid != pid and (t.state == "T" or (t.state == "S" and t.sleep() and (
        t.wchan.startswith(b"futex") or t.wchan.startswith(b"rt_mutex"))))]
    leader = next(task for task in tasks if task.tid == pid)
    return (len(asleep) == len(process.sleeps) == len(tasks) - 1 and
            leader.state in ("Z" if process.leaves else "ST") and
            (leader.state != "S" or not leader.sleep()))


def await_settled(made):
    end = time.monotonic() + 20
    for pid, process in zip(made.pids, made.processes):
        while not settled(pid, process):
            assert time.monotonic() < end, "a process does not come to rest"
            time.sleep(0.0005)


class Truth:
    def __init__(self, made):
        st = os.stat(SHM)
        self.names = {os.stat(SHM + b"/" + n).st_ino: n for n in os.listdir(SHM)}
        seen = [Seen(pid, st.st_dev, os.getuid()) for pid in sorted(made.pids)]
        self.holders = self.gather(s.holders for s in seen)
        self.waiters = self.gather(s.waiters for s in seen)
        # By name or by their bytes, which a user namespace has only of what has a name or is open.
        reached = set(self.names) | {ino for s in seen for ino in s.nlink}
        self.sems = {o.ino for o in made.objects if o.is_sem} & reached
        for ino in self.sems:
            self.waiters[ino] = [row[:4] + (self.field(row[5]),) + row[5:] for row in self.waiters[ino]]
        self.unlinked = {ino for ino in self.holders if ino not in self.names}
        assert all((s.nlink[ino] == 0) == (ino in self.unlinked) for s in seen for ino in s.nlink)

    @staticmethod
    def field(at):
        return None if at >= 32 else "sem+%d" % at if at else "sem"

    @staticmethod
    def gather(tables):
        rows = collections.defaultdict(list)
        for table in tables:
            for ino, some in table.items():
                rows[ino] += some
        return rows


def differ(what, found, wanted):
    found, wanted = collections.Counter(found), collections.Counter(wanted)
    if found != wanted:
        raise AssertionError("%s: it says %s; there is %s" %
                             (what, list((found - wanted).elements()), list((wanted - found).elements())))


def to_text(row):
    return "\t".join("-" if x is None else escape(x) if isinstance(x, bytes) else str(x) for x in row)


def to_bytes(value):
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value.encode()


def check_table(path, rows, cut):
    """The text has just these rows; `cut`: but for the last column."""
    lines = read(path).decode().split("\n")[1:-1]
    found = [line.rsplit("\t", 1)[0] if cut else line for line in lines]
    differ(path, found, rows)


def check_object(path, truth, ino, as_text):
    top = json.loads(read(path + b"/json"))
    for key, columns, rows in (("holders", HOLDER, truth.holders[ino]), ("waiters", WAITER, truth.waiters[ino])):
        found = [tuple(to_bytes(row[c]) if c == "command" else row[c] for c in columns) for row in top[key]]
        differ(path + b"/json: " + key.encode(), found, rows)
        if as_text:
            check_table(path + b"/" + key.encode(), map(to_text, rows), key == "waiters")
    assert top["unseen"] == {"denied": [], "unfinished": 0, "hidden": False}, top["unseen"]
    assert top["stat"]["inode"] == ino
    if ino in truth.sems:
        count = sum(row[5] == 0 for row in truth.waiters[ino])
        assert read(path + b"/sem_waiters") == b"%d\n" % count, path


def check_mount(top, truth):
    # As JSON, and of every second object as text, too.
    for ino, name in truth.names.items():
        check_object(top + b"/" + name, truth, ino, ino % 2)
    own = top + b"/.pshmfs/"
    differ("unlinked", os.listdir(own + b"unlinked"), [b"%d" % ino for ino in truth.unlinked])
    for ino in truth.unlinked:
        check_object(own + b"unlinked/%d" % ino, truth, ino, ino % 2)
    for key, table in ((b"holders", truth.holders), (b"waiters", truth.waiters)):
        rows = [(escape(truth.names[ino]) if ino in truth.names else ".pshmfs/unlinked/%d" % ino) + "\t" +
                to_text(row) for ino, some in table.items() for row in some]
        check_table(own + key, rows, key == b"waiters")


def check_look(look, truth, way, excepted):
    """Rows of the program are those of the tables, with the inode number first and without fields."""
    lines = subprocess.run([look, way] + excepted, stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")
    holders = ["%d\t%s" % (ino, to_text(row)) for ino, rows in truth.holders.items() for row in rows]
    waiters = ["%d\t%s" % (ino, to_text(row[:4] + (None,) + row[5:]))
               for ino, rows in truth.waiters.items() for row in rows]
    at = lines.index("")
    differ("look, holders by " + way, lines[1:at], holders)
    differ("look, waiters by " + way, [line.rsplit("\t", 1)[0] for line in lines[at + 2:-1]], waiters)


def check(seed, top, look, excepted):
    made = world.World(seed)
    try:
        await_settled(made)
        made.stop_some()
        await_settled(made)
        truth = Truth(made)
        check_mount(top, truth)
        for way in ("query", "text"):
            check_look(look, truth, way, excepted)
        return sum(map(len, truth.holders.values())), sum(map(len, truth.waiters.values()))
    finally:
        made.end()


def main():
    top, look, count, seed = os.fsencode(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    seed = int(seed) if seed else random.SystemRandom().randrange(1 << 32)
    n = [0, 0]
    for number in range(seed, seed + count):
        try:
            n = [a + b for a, b in zip(n, check(number, top, look, sys.argv[5:]))]
        except BaseException:
            print("world %d (PSHM_WORLDS=1 PSHM_WORLDS_SEED=%d):" % (number, number), file=sys.stderr)
            raise
    print("%d worlds from seed %d: %d holders, %d waiters" % (count, seed, *n))


main()
