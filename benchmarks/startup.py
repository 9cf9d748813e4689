"""How long the command line takes to answer: median wall time of whole processes.

    python benchmarks/startup.py [--runs 10]

An interpreter that only imports NumPy, run in the same loop, is what each is compared with.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from record import parser, save

COMMANDS = {
    "python -c 'import numpy'": ["-c", "import numpy"],
    "ecgengine --help": ["-m", "ecgengine", "--help"],
    "ecgengine plugins list": ["-m", "ecgengine", "plugins", "list"],
    "ecgengine plugins show viterbi": ["-m", "ecgengine", "plugins", "show", "viterbi"],
    "ecgengine digitize --help": ["-m", "ecgengine", "digitize", "--help"],
}


def seconds(arguments: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    given = parser(__doc__)
    given.add_argument("--runs", type=int, default=10)
    arguments = given.parse_args()
    rounds = [[seconds(words) for words in COMMANDS.values()] for _ in range(arguments.runs + 1)]
    medians = map(statistics.median, zip(*rounds[1:], strict=True))
    save(arguments.name, dict(zip(COMMANDS, medians, strict=True)), "none")


if __name__ == "__main__":
    main()
