"""Each kind of broken case, signature and solution gets its exact message, to the line."""

from pathlib import Path

import pytest

from tests.agent.samples import ALGORITHM, broken, rows

CASES = {
    "code missing": (
        ALGORITHM[ALGORITHM.index("code:") : ALGORITHM.index("---\nA warehouse")],
        "",
        "2: code: missing; an algorithm question has an entry, a signature and cases",
    ),
    "code misspelt": (
        "  entry:",
        "  enter:",
        "42: code.enter: unknown field; did you mean entry?",
        "41: code.entry: missing; text is needed",
    ),
    "entry is no name": ("entry: crates", "entry: cra-tes", "42: code.entry: 'cra-tes' is no Python name"),
    "signature of another": (
        "entry: crates",
        "entry: boxes",
        "43: code.signature: does not define the entry 'boxes'; it must begin with `def boxes`",
        "98: ## Reference solution: does not define 'boxes' at the start of a line",
        "105: ## Wrong solution: takes the limit out: does not define 'boxes' at the start of a line",
        "114: ## Wrong solution: too slow: counts from the start for each crate: does not define 'boxes' at the start"
        " of a line",
    ),
    "signature no Python": (
        'least: int = 0) -> int"',
        'least: int = ) -> int"',
        "43: code.signature: `def crates(weights: list[int], least: int = ) -> int` is no Python; write"
        " `def name(parameter: type) -> type`",
        "81: body: the last python fence differs from code.signature, which says"
        " `def crates(weights: list[int], least: int = ) -> int`",
    ),
    "body without the signature": (
        "```python\ndef crates(weights: list[int], least: int = 0) -> int\n```\n",
        "",
        "81: body: does not end with the signature; end it with a python fence that holds it",
    ),
    "body with another signature": (
        "```python\ndef crates(weights: list[int], least: int = 0) -> int\n```\n",
        "```python\ndef crates(weights: list[int]) -> int\n```\n",
        "81: body: the last python fence differs from code.signature, which says"
        " `def crates(weights: list[int], least: int = 0) -> int`",
    ),
    "seven cases": (
        "    - id: one\n      args: [[7]]\n      expected: 1\n      category: a few crates\n",
        "",
        "44: code.cases: 7 cases; at least 8 are needed",
    ),
    "one example": ("      visibility: example\n", "", "44: code.cases: 1 example; at least 2 are needed"),
    "case id twice": (
        "id: three",
        "id: two",
        "50: code.cases[1].id: 'two' is taken by code.cases[0]; each must be different",
    ),
    "case id spelling": ("id: three", "id: Three", "50: code.cases[1].id: 'Three' is not kebab-case; write three"),
    "unknown comparator": (
        "      expected: 3\n",
        "      expected: 3\n      comparator: exactly\n",
        "53: code.cases[1].comparator: 'exactly' is unknown; did you mean exact?",
    ),
    "unknown visibility": (
        "      category: no crates\n",
        "      category: no crates\n      visibility: secret\n",
        "59: code.cases[2].visibility: 'secret' is unknown; known are example, hidden",
    ),
    "arguments not a list": ("args: [[7]]", "args: 7", "77: code.cases[7].args: the number 7; a list is needed"),
    "too many arguments": (
        "args: [[7]]",
        "args: [[7], 1, 2]",
        "77: code.cases[7].args: 3 arguments; the signature takes 1 to 2",
    ),
    "unknown keyword": (
        "kwargs: {least: 2}",
        "kwargs: {leest: 2}",
        "64: code.cases[4].args: no parameter 'leest'; did you mean least?",
    ),
    "keywords not fields": (
        "kwargs: {least: 2}",
        "kwargs: [2]",
        "65: code.cases[4].kwargs: a list; a mapping is needed",
    ),
    "nothing expected": (
        "      args: [[7]]\n      expected: 1\n",
        "      args: [[7]]\n",
        "76: code.cases[7].expected: missing; a value is needed (only the comparator checker goes without)",
    ),
    "a date expected": (
        "      args: [[7]]\n      expected: 1\n",
        "      args: [[7]]\n      expected: [2024-02-03]\n",
        "78: code.cases[7].expected: the date 2024-02-03 is not plain JSON; use text, numbers, true, false, null,"
        " lists",
    ),
    "a time of day": (
        "args: [[7]]",
        "args: [[12:30]]",
        "77: code.cases[7].args[0][0]: YAML reads 12:30 as another number; put it in quotes, or write plain digits",
    ),
    "a number with an exponent": (
        "args: [[7]]",
        "args: [[1e5]]",
        "77: code.cases[7].args[0][0]: YAML reads 1e5 as text; put it in quotes, or write plain digits",
    ),
    "no category": (
        "      expected: 0\n      category: no crates\n",
        "      expected: 0\n",
        "55: code.cases[2].category: missing; text is needed",
    ),
    "any-order without a list": (
        "      expected: 3\n",
        "      expected: 3\n      comparator: any-order\n",
        "52: code.cases[1].expected: the number 3; the comparator any-order needs a list",
    ),
    "one-of without values": (
        "      expected: 3\n",
        "      expected: []\n      comparator: one-of\n",
        "52: code.cases[1].expected: a list; the comparator one-of needs a list of accepted values",
    ),
    "close without a number": (
        "      expected: 3\n",
        "      expected: three\n      comparator: close\n",
        "52: code.cases[1].expected: the text 'three' without a number; the comparator close compares numbers",
    ),
    "checker missing": (
        "      expected: 3\n",
        "      comparator: checker\n",
        "52: code.cases[1].comparator: the section ## Checker is missing; it holds `def check(args, result)`",
    ),
    "checker not used": (
        "## Reference solution",
        "## Checker\n\n```python\ndef verify(args, result): ...\n```\n\n## Reference solution",
        "98: ## Checker: no case uses the comparator checker; take the section out",
        "98: ## Checker: does not define 'check' at the start of a line",
    ),
    "solution missing": (
        ALGORITHM[ALGORITHM.index("## Reference solution") : ALGORITHM.index("## Wrong solution: takes")],
        "",
        "114: ## Reference solution: missing; give the code of a right answer",
    ),
    "solution without a fence": (
        "## Reference solution\n\n```python",
        "## Reference solution\n\n```",
        "98: ## Reference solution: 0 python fences; exactly 1 is needed",
    ),
    "size generator by another name": (
        "## Reference solution",
        "## Size generator\n\n```python\ndef make(n, random): ...\n```\n\n## Reference solution",
        "98: ## Size generator: does not define 'sized' at the start of a line",
    ),
    "one wrong solution": (
        ALGORITHM[ALGORITHM.index("## Wrong solution: too slow") :],
        "",
        "112: ## Wrong solution: ...: 1 wrong solution; at least 2 are needed",
    ),
    "wrong solution without a category": (
        "Fails: equal to the limit\n",
        "",
        "105: ## Wrong solution: takes the limit out: the line `Fails: ...` is missing; it names a category of the"
        " cases, or `too slow`",
    ),
    "wrong solution with an unknown category": (
        "Fails: equal to the limit",
        "Fails: equal to the limits",
        "105: ## Wrong solution: takes the limit out: no case has the category 'equal to the limits'; did you mean"
        " equal to the limit?",
    ),
    "slow by its name only": (
        "Fails: too slow",
        "Fails: no crates",
        "114: ## Wrong solution: too slow: counts from the start for each crate: fails 'no crates'; a title with"
        " `too slow: ` and `Fails: too slow` go together",
    ),
    "no follow-up": (
        'follow_ups:\n  - text: What does it cost?\n    points: ["3"]\n',
        "",
        "2: follow_ups: 0 follow-ups; at least 1 is needed",
    ),
    "one follow-up of a hard question": (
        "difficulty: medium",
        "difficulty: hard",
        "38: follow_ups: 1 follow-up; at least 2 are needed",
    ),
    "follow-up without points": (
        'points: ["3"]',
        "points: []",
        "40: follow_ups[0].points: 0 key points; at least 1 is needed",
    ),
    "follow-up to an unknown point": (
        'points: ["3"]',
        'points: ["4"]',
        "40: follow_ups[0].points[0]: no key point '4'; there are 1, 2, 3",
    ),
    "point name twice": (
        "name: empty list",
        "name: one pass",
        "19: key_points[1].name: 'one pass' is taken by key_points[0]; each must be different",
    ),
    "too few points": (
        ALGORITHM[ALGORITHM.index('  - id: "2"') : ALGORITHM.index("hints:")],
        "",
        "8: key_points: 1 key point; at least 3 are needed",
        "22: follow_ups[0].points[0]: no key point '3'; there are 1",
    ),
}

OPERATIONS = {
    "no operations": (
        'args: [[["Ramp", [2]], ["put", [7]], ["count", []]]]',
        "args: [2]",
        "85: code.cases[7].args: a class takes one argument, the operations: [[['Ramp', [...]], ['name', [...]]]]",
    ),
    "no constructor": (
        '[["Ramp", [2]], ["put", [7]], ["count", []]]',
        '[["put", [7]], ["put", [7]], ["count", []]]',
        "85: code.cases[7].args[0][0]: 'put'; the first operation, and no other, is the constructor 'Ramp'",
    ),
    "operation without a list": (
        '["put", [7]]',
        '["put", 7]',
        "85: code.cases[7].args[0][1]: ['put', 7] is no operation; write ['name', [arguments]]",
    ),
    "unknown method": (
        '["put", [7]]',
        '["puts", [7]]',
        "85: code.cases[7].args[0][1]: the signature has no method 'puts'; did you mean put?",
    ),
    "method with too many arguments": (
        '["put", [7]]',
        '["put", [7, 8]]',
        "85: code.cases[7].args[0][1]: put: 2 arguments; the signature takes 1",
    ),
    "constructor without its argument": (
        '["Ramp", [2]], ["put", [7]]',
        '["Ramp", []], ["put", [7]]',
        "85: code.cases[7].args[0][0]: Ramp: 0 arguments; the signature takes 1",
    ),
    "fewer values than operations": (
        '["put", [7]], ["count", []]]]\n      expected: [null, null, 1]',
        '["put", [7]], ["count", []]]]\n      expected: [null, 1]',
        "86: code.cases[7].expected: 2 values for 3 operations; one for each is needed",
    ),
    "one value for all operations": (
        '["put", [7]], ["count", []]]]\n      expected: [null, null, 1]',
        '["put", [7]], ["count", []]]]\n      expected: 1',
        "86: code.cases[7].expected: the number 1; a list with one value for each operation is needed",
    ),
    "constructor that returns": (
        '["put", [7]], ["count", []]]]\n      expected: [null, null, 1]',
        '["put", [7]], ["count", []]]]\n      expected: [1, null, 1]',
        "86: code.cases[7].expected[0]: the number 1; a constructor returns null",
    ),
}

BROKEN = [*rows("algorithm/count-crates", CASES), *rows("algorithm/ramp-counter", OPERATIONS)]


@pytest.mark.parametrize(("sample", "old", "new", "messages"), BROKEN)
def test_what_is_wrong_is_told_to_the_line(
    tmp_path: Path, sample: str, old: str, new: str, messages: list[str]
) -> None:
    assert broken(tmp_path, sample, old, new) == messages
