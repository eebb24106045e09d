# SPDX-License-Identifier: MIT
"""A random world: objects, and processes that hold them and sleep in them, from a seed alone."""
import ctypes
import errno
import mmap
import os
import random
import signal
import struct
import threading

SHM = b"/dev/shm/"
PAGE = 4096
FUTEX, WAITV, FUTEX2, EXIT = 202, 449, 455, 60
if os.uname().machine != "x86_64":
    FUTEX, EXIT = 98, 93
PRIVATE, REALTIME, BITSET, LOCK_PI = 0x80, 0x100, 9, 6
NAMES = [b"plain", b"with space", b"new\nline", b"tab\there", b"back\\012slash", b"bad\xff\xfe",
         b"gone (deleted)", b"esc\x1b[2J", "größe-☃".encode(), b"y" * 251, b"-rf", b".hidden"]
COMMS = [b"plain", b"a b", b"tab\there", b"new\nline", b"p) S (q", b"back\\n", b"\xff\xfe", b"((",
         b"fifteen bytes a"]

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                      ctypes.c_long]


def has_futex2():
    """Linux 6.7 and later."""
    own = ctypes.CDLL(None, use_errno=True)
    own.syscall(ctypes.c_long(FUTEX2), None, None, None, None, None, None)
    return ctypes.get_errno() != errno.ENOSYS


def syscall(number, *arguments):
    return libc.syscall(ctypes.c_long(number), *[ctypes.c_void_p(a) for a in arguments])


class Object:
    """What lies in /dev/shm for a while: `path` is None when it has no name any more."""

    def __init__(self, rng, number):
        self.is_sem = rng.random() < 0.3
        name = b"%d " % number + rng.choice(NAMES)
        self.path = SHM + (b"sem." if self.is_sem else b"") + name[:250]
        self.size = 32 if self.is_sem else PAGE * rng.randint(1, 4)
        self.pages = max(1, self.size // PAGE)
        self.fate = rng.choice(["keep", "keep", "keep", "unlink", "unlink", "rename", "link", "replace"])
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.ftruncate(fd, self.size)
        if self.is_sem:
            os.pwrite(fd, struct.pack("<IIi", 0, 0, 0x80), 0)
        self.ino = os.fstat(fd).st_ino
        os.close(fd)

    def meet_fate(self):
        if self.fate in ("unlink", "replace"):
            os.unlink(self.path)
            if self.fate == "replace":
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            self.path = None
        elif self.fate in ("rename", "link"):
            new = SHM + b"other " + os.path.basename(self.path)[:240]
            if self.fate == "rename":
                os.rename(self.path, new)
            else:
                os.link(self.path, new)
                os.unlink(self.path)
            self.path = new


class Process:
    """What one process is to have and to do; run() does it, in a process forked for it."""

    def __init__(self, rng, objects, slots):
        self.comm = rng.choice(COMMS)
        self.fds = [(rng.choice(objects), rng.choice([os.O_RDWR, os.O_RDONLY, os.O_WRONLY, os.O_PATH]),
                     rng.random() < 0.2) for _ in range(rng.choice([0, 0, 1, 1, 2, 5]))]
        self.maps = [self.plan_map(rng, objects) for _ in range(rng.choice([0, 1, 1, 2, 3, 8]))]
        n_sleeps = rng.choice([0, 1, 2, 3, 4, 8])
        self.leaves = n_sleeps > 0 and rng.random() < 0.2  # its first thread ends
        self.sleeps = [self.plan_sleep(rng, slots) for _ in range(n_sleeps)]
        self.stops = rng.choice(["no", "no", "no", "stop", "stop and go"])

    @staticmethod
    def plan_map(rng, objects):
        thing = rng.choice(objects)
        first = rng.randrange(thing.pages)
        return {"object": thing, "first": first, "n": rng.randint(1, thing.pages - first + rng.choice([0, 0, 1])),
                "shared": rng.random() < 0.8, "prot": rng.choice([3, 3, 3, 1, 0])}

    def plan_sleep(self, rng, slots):
        """The words are (mapping or None, offset); the upper half of each page is for PI locks."""
        kind = rng.choice(["wait", "bitset", "futex2", "waitv", "sem"] + ["pi"] * (not self.leaves))
        usable = [m for m in self.maps if m["prot"] == 3]
        sems = [m for m in usable if m["object"].is_sem and m["shared"]]
        if (kind == "sem" and not sems) or (kind == "futex2" and not has_futex2()):
            kind = "wait"
        words = []
        for _ in range(rng.randint(1, 4) if kind == "waitv" else 1):
            place = rng.choice(3 * usable + [None, "anonymous"]) if usable else rng.choice([None, "anonymous"])
            if kind == "sem":
                words.append((rng.choice(sems), 0))
                continue
            offset = 4 * rng.randrange(512)
            if isinstance(place, dict) and place["object"].is_sem:
                offset = rng.choice([0, 12, 16, 20, 24, 28])  # the others are not 0
            if isinstance(place, dict):
                n = min(place["n"], place["object"].pages - place["first"])
                offset += PAGE * rng.randrange(n)
            if kind == "pi":
                offset = 2048 + 4 * next(slots) + (offset // PAGE) * PAGE
                if isinstance(place, dict) and place["object"].is_sem:
                    place = None
                    offset %= PAGE
            words.append((place, offset))
        return {"kind": kind, "words": words, "timed": rng.random() < 0.4,
                "private": rng.random() < 0.25, "clock": rng.choice([0, REALTIME]),
                "comm": rng.choice(COMMS)}

    def hold(self):
        for thing, flags, twice in self.fds:
            fd = os.open(thing.path, flags)
            if twice:
                os.dup(fd)
        for plan in self.maps:
            fd = os.open(plan["object"].path, os.O_RDWR)
            flags = mmap.MAP_SHARED if plan["shared"] else mmap.MAP_PRIVATE
            plan["at"] = libc.mmap(None, plan["n"] * PAGE, plan["prot"], flags, fd, plan["first"] * PAGE)
            assert plan["at"] != ctypes.c_void_p(-1).value
            os.close(fd)

    def address(self, word):
        place, offset = word
        if isinstance(place, dict):
            return place["at"] + offset
        flags = mmap.MAP_ANONYMOUS | (mmap.MAP_SHARED if place else mmap.MAP_PRIVATE)
        return libc.mmap(None, PAGE, 3, flags, -1, 0) + offset

    def sleep(self, plan, addresses):
        libc.prctl(15, ctypes.c_char_p(plan["comm"]), 0, 0, 0)
        kind, at = plan["kind"], addresses[0]
        private = PRIVATE if plan["private"] else 0
        when = struct.pack("qq", 1 << 33, 0)
        limit = ctypes.create_string_buffer(when)
        timeout = ctypes.addressof(limit) if plan["timed"] else 0
        array = ctypes.create_string_buffer(
            b"".join(struct.pack("QQII", 0, a, 2 | private, 0) for a in addresses))
        while True:
            if kind == "sem":
                libc.sem_wait(ctypes.c_void_p(at))
            elif kind == "wait":
                syscall(FUTEX, at, private, 0, timeout, 0, 0)
            elif kind == "bitset":
                syscall(FUTEX, at, BITSET | private | plan["clock"], 0, timeout, 0, 0xffffffff)
            elif kind == "pi":
                syscall(FUTEX, at, LOCK_PI | private, 0, timeout, 0, 0)
            elif kind == "futex2":
                syscall(FUTEX2, at, 0, 0xffffffff, 2 | private, timeout, 1)
            else:
                syscall(WAITV, ctypes.addressof(array), len(addresses), 0, timeout, 1)

    def run(self, ready):
        libc.prctl(1, signal.SIGKILL, 0, 0, 0)
        self.hold()
        libc.prctl(15, ctypes.c_char_p(self.comm), 0, 0, 0)
        for plan in self.sleeps:
            addresses = [self.address(word) for word in plan["words"]]
            if plan["kind"] == "pi":
                # Held by our first thread. Of a semaphore nothing is overwritten: plan_sleep().
                ctypes.c_uint32.from_address(addresses[0]).value = os.getpid()
            threading.Thread(target=self.sleep, args=(plan, addresses), daemon=True).start()
        os.write(ready, b"x")
        os.close(ready)
        if self.leaves:
            syscall(EXIT, 0)
        while True:
            signal.pause()


def start(process):
    """Forks it; returns its pid when it has all that it is to have."""
    ours, ready = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        try:
            process.run(ready)
        finally:
            os._exit(1)
    os.close(ready)
    assert os.read(ours, 1) == b"x", "a process could not do what it was to do"
    os.close(ours)
    return pid


class World:
    def __init__(self, seed):
        rng = random.Random(seed)
        slots = iter(range(512))
        self.objects = [Object(rng, i) for i in range(rng.randint(1, 6))]
        self.processes = [Process(rng, self.objects, slots) for _ in range(rng.randint(1, 5))]
        self.pids = []
        try:
            self.pids = [start(process) for process in self.processes]
            for thing in self.objects:
                thing.meet_fate()
        except BaseException:
            self.end()
            raise

    def stop_some(self):
        """After all have fallen asleep; those that go on fall asleep once more."""
        for pid, process in zip(self.pids, self.processes):
            if process.stops != "no":
                os.kill(pid, signal.SIGSTOP)
                os.waitid(os.P_PID, pid, os.WSTOPPED)
            if process.stops == "stop and go":
                os.kill(pid, signal.SIGCONT)

    def end(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for name in os.listdir(SHM):
            os.unlink(SHM + name)
