"""Finding the code of an answer: fences, files, no fences at all, several blocks, and other languages."""

from __future__ import annotations

import pytest

from agent.runner.extract import Code, blocks_in, code_in

PYTHON = """\
def longest(words):
    best = ""
    for word in words:
        if len(word) > len(best):
            best = word
    return best"""

CLASS = """\
from collections import deque


class Window:
    def __init__(self, size):
        self.items = deque(maxlen=size)

    def add(self, item):
        self.items.append(item)
        return len(self.items)"""


def _python(text: str, entry: str = "") -> str:
    code = code_in(text, entry)
    assert code is not None
    assert code.language == "Python"
    assert code.can_run
    return code.text


@pytest.mark.parametrize(
    "message",
    [
        f"```python\n{PYTHON}\n```",
        f"```py\n{PYTHON}\n```\nThat is linear.",
        f"```\n{PYTHON}\n```",
        f"```{PYTHON}```",
        f"Here you are:\n~~~python\n{PYTHON}\n~~~\n",
        f"I scan once. ```Python3\n{PYTHON}\n```",
        f"```python\n{PYTHON}",
        f"````\n{PYTHON}\n````",
        f"```\r\n{PYTHON}\r\n```".replace("\n", "\r\n").replace("\r\r", "\r"),
        "```python\n" + "\n".join(f"    {line}" for line in PYTHON.split("\n")) + "\n```",
        "```python\n" + PYTHON.replace("    ", "\u00a0   ") + "\n```",
        f"solution.py:\n```\n{PYTHON}\n```",
        PYTHON,
        f"I keep the best so far.\n\n{PYTHON}\n\nThis takes O(n) time, since every word is looked at once.",
        f"k = number of words we have\n{PYTHON}\nand that's it",
        f"so:\n{PYTHON}\nThe loop is linear; n = length of the list",
    ],
)
def test_one_function_is_found_whatever_stands_around_it(message: str) -> None:
    assert _python(message) == PYTHON


@pytest.mark.parametrize("message", [f"```python\n{CLASS}\n```", CLASS, f"My design:\n\n{CLASS}\n\nadd is O(1)."])
def test_a_class_with_its_imports_is_found_whole(message: str) -> None:
    assert _python(message) == CLASS


def test_decorators_constants_and_a_long_header_belong_to_unfenced_code() -> None:
    source = (
        "import functools\n\nLIMIT = 10\nmoves: dict[str, int] = {}\n\n@functools.cache\ndef ways(\n    steps: int,\n"
        ') -> int:\n    return 1 if steps < 2 else ways(steps - 1) + ways(steps - 2)\n\nif __name__ == "__main__":\n'
        "    print(ways(LIMIT))"
    )
    assert _python(f"I memoise it.\n{source}\nEach step is solved once.") == source


def test_a_function_on_one_line_is_code() -> None:
    assert _python("My answer:\ndef double(x): return 2 * x\n") == "def double(x): return 2 * x"


def test_the_last_complete_block_wins() -> None:
    first, last = PYTHON.replace("longest", "first"), PYTHON.replace("longest", "last")
    assert _python(f"```python\n{first}\n```\nBetter:\n```python\n{last}\n```") == last
    assert _python(f"{first}\n\nNo, better so:\n\n```\n{last}\n```") == last
    assert _python(f"```python\n{first}\n```\nThe loop is\n```python\nfor word in words:\n    pass\n```") == first


def test_a_block_with_the_entry_wins_over_a_later_one_without() -> None:
    helper = "def helper(x):\n    return x"
    answer = f"```python\n{PYTHON}\n```\nand a helper\n```python\n{helper}\n```"
    assert _python(answer, "longest") == PYTHON
    assert _python(answer, "Longest") == PYTHON
    assert _python(answer, "Solution.longest") == PYTHON
    assert _python(answer, "absent") == helper


def test_the_person_can_choose_among_all_blocks() -> None:
    text = f"```python\n{PYTHON}\n```\n```js\nlet x = 1;\n```\n{CLASS}"
    assert [(block.language, block.lines) for block in blocks_in(text)] == [
        ("Python", 6),
        ("JavaScript", 1),
        ("Python", 7),
    ]


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("```js\nfunction f(a) {\n  return a;\n}\n```", "JavaScript"),
        ("```\nconst f = (a) => a.map(x => x + 1);\n```", "JavaScript"),
        ("```\npublic int add(int a, int b) {\n    return a + b;\n}\n```", "Java"),
        ("```\n#include <vector>\nint main() { return 0; }\n```", "C++"),
        ("```\nfunc add(a int, b int) int {\n\treturn a + b\n}\n```", "Go"),
        ("```\nfn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n```", "Rust"),
        ("```\ndef add(a, b)\n  a + b\nend\n```", "Ruby"),
        ("```kotlin\nfun add(a: Int) = a\n```", "Kotlin"),
        ("solution.java:\n```\nclass A {}\n```", "Java"),
        ("```\nfor each meeting in meetings\n  if it overlaps then\n    extend\n```", ""),
        ("```text\ndef f(x):\n    return x\n```", ""),
        ("```\n[1, 2] -> 3\n[4] -> 4\n```", ""),
    ],
)
def test_other_languages_are_named_and_not_run(message: str, language: str) -> None:
    code = code_in(message)
    assert code is not None
    assert (code.language, code.can_run) == (language, False)


def test_python_is_preferred_to_a_translation_of_it() -> None:
    assert _python(f"```python\n{PYTHON}\n```\nin JS:\n```js\nconst f = a => a;\n```") == PYTHON


@pytest.mark.parametrize(
    "message",
    [
        "",
        "I would sort by start and sweep. For each meeting, if it overlaps: extend the end.",
        "Use `heapq.heappush(heap, x)` and ```one line``` of code.",
        "n = 5 is the limit\nand k = 3",
        "class sizes matter: small classes are better\nimport is cheap",
        "@someone what do you think?\ndef maybe",
        "- first: sort\n- then: sweep\n\nreturn the list",
    ],
)
def test_prose_is_no_code(message: str) -> None:
    assert code_in(message) is None


def test_braces_and_semicolons_in_python_do_not_make_it_another_language() -> None:
    source = 'def f(x):\n    table = {\n        "a": 1,\n    }\n    text = "a; b {"\n    return table, text'
    assert _python(f"```\n{source}\n```") == source


def test_a_block_is_described() -> None:
    code = Code("\n\ndef f():\n\n    pass", "Python")
    assert code.lines == 2
    assert code.is_complete
    assert not Code("    def f(): pass", "Python").is_complete
