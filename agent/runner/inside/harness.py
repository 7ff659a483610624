"""Runs a submission on the far side of the wall: loads it, calls it, and sends back plain values.

One file with the standard library only, since it is also shipped, as text, to engines on other machines. It runs
beside the candidate's code and is at its mercy: whatever it sends is a claim. So it never holds an expected value,
and the coach takes every line of it for hostile text.

Lines of JSON come in and go out. In: `load` (source, entry, generator, limits), then `call`s with arguments or with
the size that the generator makes them for. Out: `loaded`, and one line with a value or a failure for each call.
"""

from __future__ import annotations

import builtins
import gc
import io
import json
import math
import os
import random
import re
import sys
import time
import types
import typing
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

Thing = Any
"""Whatever a candidate may have made."""

NAME = "solution"
FILE = "solution.py"
LONGEST_TEXT = 300
EXACT_INT = 1 << 53
"""From here on, whole numbers travel as hexadecimal text: JSON readers elsewhere would round them."""
HINTS = (
    *("Any", "Callable", "Dict", "FrozenSet", "Generator", "Generic", "Hashable", "Iterable", "Iterator", "List"),
    *("Mapping", "NamedTuple", "Optional", "Sequence", "Set", "Tuple", "Type", "TypeVar", "Union"),
)
OPERATION = 2
"""Name and arguments: what an operation on an instance consists of."""


class Unfit(Exception):
    """A result that cannot leave: too large, or nested too deeply."""


class EntryNotFound(Exception):
    """The submission has nothing of the wanted name."""


class Attempt:
    """A block of the candidate's doing: whatever it raises, SystemExit too, is kept and the harness goes on."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __enter__(self) -> Attempt:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> bool:
        self.error = error
        return True


class Printed(io.TextIOBase):
    """Standard output: keeps the first characters and forgets the rest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: list[str] = []
        self._room = most

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        if self._room > 0 and text:
            self._parts.append(text[: self._room])
            self._room -= len(text)
        return len(text)

    def taken(self) -> str:
        """Return what was printed since the last time."""
        text = "".join(self._parts)
        self._parts, self._room = [], self._most
        return text


class Plain:
    """Turns a result into tagged JSON of at most `size` characters and `depth` levels.

    Only exact built-in types leave: an int that claims to equal everything leaves as the int it is, and what is no
    plain data leaves as the name of its type.
    """

    def __init__(self, size: int, depth: int) -> None:
        self._room, self._depth = size, depth

    def of(self, value: Thing, depth: int = 0) -> Thing:
        """Return the tagged form; raises Unfit."""
        kind = type(value)
        if value is None or kind is bool:
            return self._counted(value, 5)
        if issubclass(kind, int):
            whole = int.__add__(value, 0)
            return self._counted(whole if abs(whole) < EXACT_INT else {"i": hex(whole)}, whole.bit_length() // 4)
        if issubclass(kind, float):
            number = float.__pos__(value)
            return self._counted(number if math.isfinite(number) else {"f": float.__repr__(number)}, 8)
        if issubclass(kind, str):
            return self._counted(str.__str__(value), str.__len__(value))
        if issubclass(kind, bytes | bytearray):
            return self._counted({"b": bytes(memoryview(value)).hex()}, 2 * len(memoryview(value)))
        if kind is complex:
            return self._counted({"c": [repr(value.real), repr(value.imag)]}, 20)
        if depth >= self._depth:
            raise Unfit(f"nested more than {self._depth} levels deep")
        if issubclass(kind, list):
            return [self.of(item, depth + 1) for item in self._items(list.__iter__(value))]
        for base, tag in ((tuple, "t"), (set, "s"), (frozenset, "s")):
            if issubclass(kind, base):
                return {tag: [self.of(item, depth + 1) for item in self._items(base.__iter__(value))]}
        if issubclass(kind, dict):
            items = self._items(dict.items(value))
            return {"d": [[self.of(key, depth + 1), self.of(item, depth + 1)] for key, item in items]}
        return self._counted({"o": str(type.__dict__["__name__"].__get__(kind))[:60]}, 60)

    def _items(self, items: Iterable[Any]) -> Iterable[Any]:
        for item in items:
            self._counted(None, 2)
            yield item

    def _counted(self, value: Thing, size: int) -> Thing:
        self._room -= size
        if self._room < 0:
            raise Unfit("too large")
        return value


def value_of(tagged: Thing) -> Thing:
    """Read an argument: the counterpart of Plain, for what the coach sends."""
    if isinstance(tagged, list):
        return [value_of(item) for item in tagged]
    if not isinstance(tagged, dict):
        return tagged
    [(tag, inner)] = tagged.items()
    match tag:
        case "t":
            return tuple(value_of(item) for item in inner)
        case "s":
            return {value_of(item) for item in inner}
        case "d":
            return {value_of(key): value_of(item) for key, item in inner}
        case "i":
            return int(inner, 16)
        case "f":
            return float(inner)
        case "b":
            return bytes.fromhex(inner)
        case "c":
            return complex(*map(float, inner))
    raise ValueError(tag)


class Harness:
    """One submission, from its source to the answers of its calls; `send` takes a line for the coach."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._limits = {"result": 0, "stdout": 0, "depth": 0}
        self._printed = Printed(0)
        self._target: Any = None
        self._sized: Any = None

    def handle(self, message: dict[str, Any]) -> None:
        """Carry out one line."""
        if "source" in message:
            self._load(message)
        elif "size" in message:
            self._time(message)
        else:
            self._answer(message)

    def _load(self, message: dict[str, Any]) -> None:
        self._limits = message["limits"]
        self._printed = Printed(self._limits["stdout"])
        sys.stdout = sys.stderr = self._printed
        sys.stdin = io.StringIO()
        if message["generator"]:
            self._sized = _module("generator", message["generator"])["sized"]
        attempt = Attempt()
        with attempt:
            self._target = find(_module(NAME, message["source"]), message["entry"])
        if attempt.error is None:
            self._send({"loaded": True, "out": self._printed.taken()})
        else:
            self._send({"loaded": False, "error": failure(attempt.error), "out": self._printed.taken()})

    def _answer(self, message: dict[str, Any]) -> None:
        plain = Plain(self._limits["result"], self._limits["depth"])
        line: dict[str, Any] = {"id": message["id"]}
        attempt = Attempt()
        with attempt:
            arguments = [value_of(argument) for argument in message["args"]]
            named = {name: value_of(argument) for name, argument in message["kwargs"].items()}
            value = self._call(arguments, named, plain)
            if isinstance(value, types.CoroutineType):
                value.close()
                line["away"] = "asyncio"
            line["value"] = value if isinstance(self._target, type) else plain.of(value)
        if attempt.error is not None:
            line = {"id": message["id"], "error": failure(attempt.error)}
        printed = self._printed.taken()
        if message["shown"]:
            line["out"] = printed
        self._send(line)

    def _call(self, arguments: list[Any], named: dict[str, Any], plain: Plain) -> Thing:
        if not isinstance(self._target, type):
            return self._target(*arguments, **named)
        results: list[Any] = []
        instance: Thing = None
        for name, given in operations(arguments):
            if not results:
                instance = self._target(*given)
                results.append(None)
            else:
                results.append(plain.of(_attribute(instance, name)(*given)))
        return results

    def _time(self, message: dict[str, Any]) -> None:
        """Run one size and say how much processor time it took; the coach's clock runs between the two lines."""
        attempt = Attempt()
        with attempt:
            arguments = self._sized(message["size"], random.Random(message["seed"]))  # noqa: S311
            # Collecting garbage in between would be noise of ours, and grows on its own.
            gc.collect()
            gc.disable()
            self._send({"go": message["id"]})
            # The clock of the thread, since that of a process with a limit on it moves by the tick only.
            begun = time.thread_time_ns()
            self._call(arguments, {}, Plain(sys.maxsize, self._limits["depth"]))
            self._send({"id": message["id"], "value": time.thread_time_ns() - begun})
        gc.enable()
        if attempt.error is not None:
            self._send({"id": message["id"], "error": failure(attempt.error)})


def operations(arguments: list[Any]) -> list[tuple[str, list[Any]]]:
    """Read the operations of a class: pairs of name and arguments, or names and arguments in two lists."""
    if len(arguments) == OPERATION and all(isinstance(name, str) for name in arguments[0]):
        return list(zip(*arguments, strict=True))
    [pairs] = arguments
    return [(str(name), list(given)) for name, given in pairs]


def find(namespace: dict[str, Any], entry: str) -> Thing:
    """Find the entry: a function, a class, `Solution().method`, or what is spelt alike; raises EntryNotFound.

    A submission whose only function (or class, or method of Solution) has another name is taken at its word.
    """
    dotted = re.fullmatch(r"(\w+)(?:\(\))?\.(\w+)", entry.strip())
    if dotted:
        return _method(find(namespace, dotted[1]), dotted[2])
    own = {name: thing for name, thing in namespace.items() if _is_own(thing)}
    solution = own.get("Solution")
    for names in (own, dir(solution) if solution else ()):
        name = _alike(names, entry)
        if name:
            return namespace[name] if names is own else _method(solution, name)
    if callable(namespace.get(entry)):
        return namespace[entry]
    if solution:
        own = {name: _method(solution, name) for name, thing in vars(solution).items() if _is_own(thing)}
    only = [name for name in own if not name.startswith("_") and isinstance(own[name], type) == entry[:1].isupper()]
    if len(only) == 1:
        return own[only[0]]
    raise EntryNotFound(entry)


def _is_own(thing: Thing) -> bool:
    return callable(thing) and getattr(thing, "__module__", "") == NAME


def _alike(names: Iterable[str], wanted: str) -> str:
    """Return the name itself, or one that differs in underscores and capitals only; empty when there is none."""
    flat = wanted.replace("_", "").casefold()
    known = list(names)
    return wanted if wanted in known else next((n for n in known if n.replace("_", "").casefold() == flat), "")


def _method(owner: Thing, name: str) -> Callable[..., Any]:
    if not hasattr(owner, name):
        raise EntryNotFound(name)

    def call(*arguments: Thing, **named: Thing) -> Thing:
        return getattr(owner(), name)(*arguments, **named)

    return call


def _attribute(instance: Thing, name: str) -> Thing:
    return getattr(instance, _alike(dir(instance), name) or name)


def _module(name: str, source: str) -> dict[str, Any]:
    """Run a source as a module of its own and return what it defines."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(source, f"{name}.py", "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    return module.__dict__


def failure(error: BaseException) -> dict[str, Any]:
    """Say what went wrong: type, message, line of the submission, and what the runner does not have, if it was that."""
    told: dict[str, Any] = {"type": type(error).__name__[:60], "message": "", "line": None, "away": ""}
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE:
            told["line"] = trace.tb_lineno
        trace = trace.tb_next
    with Attempt():  # an error of the candidate's own class may fail at being shown
        told["message"] = str(error)[:LONGEST_TEXT]
        told["away"] = away(error)
        if isinstance(error, SyntaxError) and error.filename == FILE:
            told |= {"message": str(error.msg)[:LONGEST_TEXT], "line": error.lineno}
            told |= {"text": str(error.text or "")[:LONGEST_TEXT], "column": error.offset}
    # The frames of the failure hold what it was computing: without them, memory is free for the next call.
    error.__traceback__ = None
    return told


def away(error: BaseException) -> str:
    """Name what the error says is missing here and would be there on a person's own machine; empty for a mistake."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"module {error.name.partition('.')[0][:60]}"
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        return "threads"
    if isinstance(error, PermissionError) and error.errno == 1:
        return "files" if error.filename is not None else "network and processes"
    if isinstance(error, EOFError) and "reading a line" in str(error):
        return "input"
    return ""


def prepare() -> None:
    """Get ready for any submission. Practice sites have `List` without an import; forgetting it proves nothing."""
    vars(builtins).update((name, getattr(typing, name)) for name in HINTS)


def serve(channel: int) -> None:
    """Serve one submission over a descriptor until it closes; then this process is over."""

    def send(line: dict[str, Any]) -> None:
        data = (json.dumps(line) + "\n").encode()
        while data:
            data = data[os.write(channel, data) :]

    harness = Harness(send)
    with open(channel, "rb", closefd=False) as lines:
        for line in lines:
            harness.handle(json.loads(line))
    os._exit(0)


def main() -> None:
    """Serve one submission that stands in a file or on standard input, as engines on other machines run it."""
    own = sys.stdout
    with open(sys.argv[1]) if len(sys.argv) > 1 else sys.stdin as file:  # noqa: PTH123
        request = json.load(file)

    def send(line: dict[str, Any]) -> None:
        own.write(f"{request['prefix']}{json.dumps(line)}\n")
        own.flush()

    prepare()
    send({"locked": True, "python": sys.version.partition(" ")[0]})
    harness = Harness(send)
    for message in request["messages"]:
        harness.handle(message)


if __name__ == "__main__":
    main()
