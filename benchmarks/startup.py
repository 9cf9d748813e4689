"""How long the command line takes to answer: median wall time of whole processes.

    python benchmarks/startup.py [RUNS]

The aim is under 0.4 s for `--help` and `plugins list`. The last column compares each with an
interpreter that only imports NumPy, run in the same loop.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

BASELINE = "python -c 'import numpy'"
COMMANDS = {
    BASELINE: ["-c", "import numpy"],
    "ecgengine --help": ["-m", "ecgengine", "--help"],
    "ecgengine plugins list": ["-m", "ecgengine", "plugins", "list"],
    "ecgengine plugins show viterbi": ["-m", "ecgengine", "plugins", "show", "viterbi"],
    "ecgengine digitize --help": ["-m", "ecgengine", "digitize", "--help"],
}


def seconds(arguments: list[str]) -> float:
    """Run the interpreter once."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Print a table, one line for each command."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for run in range(runs + 1):
        for name, arguments in COMMANDS.items():
            elapsed = seconds(arguments)
            if run > 0:
                times[name].append(elapsed)
    baseline = statistics.median(times[BASELINE])
    print("| command | s | ratio |\n|---|---|---|")
    for name, elapsed_s in times.items():
        median = statistics.median(elapsed_s)
        print(f"| `{name}` | {median:.3f} | {median / baseline:.1f} |")


if __name__ == "__main__":
    main()
