"""What the dialogue process may still do once it has entered its cage: `enter`, before anything else is imported.

Rasa's set of packages gets no fixes any more (docs/supply-chain.md), so its process is held to what it needs. On Linux with
Landlock (5.13 and later; no privilege is wanted) it reads its own code, the interpreter, the catalog and the model, writes
to one folder of its own, listens on its port and connects to the action server's; the database, the secrets, the index and
other processes' memory are out of its reach, whoever runs it. It gains no privilege by running something, gives up what root
could do, and allocates no more than its limit. Elsewhere it runs without, and says so.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# The same on every architecture that we support (include/uapi/asm-generic/unistd.h).
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PATH_BENEATH, NET_PORT = 1, 2
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 38, 24

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
BIND_TCP, CONNECT_TCP = 1, 2
# Sockets in the abstract namespace and signals, to processes outside of the cage.
SCOPES = 3
READ = EXECUTE | READ_FILE | READ_DIR
# What a file, as opposed to a folder, may be given.
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

# Of what root can do, only reading files that belong to others stays: a model trained by another user.
KEPT_CAPABILITIES = frozenset({1, 2})  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
CAPABILITY_VERSION = 0x20080522


class NoCage(Exception):
    """This system cannot cage the process; the message says why."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _NetPort(ctypes.Structure):
    _fields_ = (("access", ctypes.c_uint64), ("port", ctypes.c_uint64))


@dataclass(frozen=True)
class Needs:
    """What stays allowed. Paths that are not there are left out. `memory` is bytes of data; 0: no limit."""

    read: tuple[Path, ...]
    write: tuple[Path, ...]
    listen: int
    connect: int
    memory: int = 0


def system_paths() -> tuple[Path, ...]:
    """What any Python with native packages reads: itself, its libraries, and facts about the machine."""
    own = (sys.prefix, sys.base_prefix, os.path.realpath(sys.executable), os.path.realpath(sys.prefix))
    system = ("/usr", "/lib", "/lib64", "/etc", "/proc", "/sys/devices/system", "/sys/fs/cgroup", "/dev/urandom")
    return tuple(Path(each) for each in (*own, *system))


def enter(needs: Needs) -> list[str]:
    """Enter for good; returns what is in force, for the log. Raises NoCage, and then nothing of the files' part holds."""
    held = []
    if needs.memory:
        # Private memory that is mapped, used or not; the supervisor looks at what is used.
        resource.setrlimit(resource.RLIMIT_DATA, (needs.memory, needs.memory))
        held.append(f"memory of {needs.memory // 1_000_000} MB")
    if sys.platform != "linux":
        raise NoCage(f"{sys.platform} has no Landlock")
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 1:
        raise NoCage("this kernel has no Landlock, or it is switched off")
    _must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "give up new privileges")
    _restrict(libc, version, needs)
    _give_up_capabilities(libc)
    held += ["files", *(["ports"] if version >= 4 else []), *(["signals"] if version >= 6 else [])]
    return held


def _must(result: int, what: str) -> int:
    if result < 0:
        raise NoCage(f"could not {what}: {os.strerror(ctypes.get_errno())}")
    return result


def _restrict(libc: ctypes.CDLL, version: int, needs: Needs) -> None:
    everything = (1 << 13) - 1
    for since, bit in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)):
        everything |= bit if version >= since else 0
    ruleset = _Ruleset(everything, BIND_TCP | CONNECT_TCP if version >= 4 else 0, SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    handle = _must(libc.syscall(CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), 0), "make a ruleset")
    try:
        _allow(libc, handle, needs.read, READ & everything)
        _allow(libc, handle, needs.write, everything & ~(EXECUTE | IOCTL_DEV))
        _allow(libc, handle, (Path("/dev/null"),), (READ_FILE | WRITE_FILE | TRUNCATE) & everything)
        if version >= 4:
            for access, port in ((BIND_TCP, needs.listen), (CONNECT_TCP, needs.connect)):
                rule = _NetPort(access, port)
                _must(libc.syscall(ADD_RULE, handle, NET_PORT, ctypes.byref(rule), 0), f"allow port {port}")
        _must(libc.syscall(RESTRICT_SELF, handle, 0), "restrict itself")
    finally:
        os.close(handle)


def _allow(libc: ctypes.CDLL, handle: int, paths: Iterable[Path], access: int) -> None:
    for path in paths:
        try:
            parent = os.open(path, os.O_PATH | os.O_CLOEXEC)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            continue
        try:
            rule = _PathBeneath(access if path.is_dir() else access & OF_FILES, parent)
            _must(libc.syscall(ADD_RULE, handle, PATH_BENEATH, ctypes.byref(rule), 0), f"allow {path}")
        finally:
            os.close(parent)


def _give_up_capabilities(libc: ctypes.CDLL) -> None:
    """Root without root's powers; nothing to give up for anybody else."""
    if os.geteuid() != 0:
        return
    for number in range(64):
        if number not in KEPT_CAPABILITIES:
            libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)  # EINVAL for numbers that this kernel does not know
    mask = sum(1 << number for number in KEPT_CAPABILITIES)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    data = (ctypes.c_uint32 * 6)(mask, mask, 0, 0, 0, 0)
    _must(libc.capset(ctypes.byref(header), ctypes.byref(data)), "give up root's powers")
