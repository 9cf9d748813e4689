"""How long the command line takes to answer: median wall time of whole processes.

    python benchmarks/startup.py [RUNS]

The aim is under 0.4 s for `--help` and `plugins list`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMMANDS = (["--help"], ["plugins", "list"], ["plugins", "show", "viterbi"], ["digitize", "--help"])


def seconds(arguments: list[str]) -> float:
    """Run the command once."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "ecgengine", *arguments], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - started


def main() -> None:
    """Print one line for each command."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    for arguments in COMMANDS:
        seconds(arguments)
        median = statistics.median(seconds(arguments) for _ in range(runs))
        print(f"ecgengine {' '.join(arguments):<22} {median:6.3f} s")


if __name__ == "__main__":
    main()
