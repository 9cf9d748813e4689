"""Seconds and memory of a page through the networks, by runtime, against eager torch.

    python benchmarks/networks.py [--cores 2] [--rounds 3] [--extractor viterbi]

The page is the project's own sample, drawn at 2200 x 1700. Each runtime works in a process of its
own, on as many cores as asked for; the first round, which compiles and loads, is not counted.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

from record import parser, save

RUNTIMES = ("torch", "onnxruntime", "openvino", "openvino-bf16")


def measure(runtime: str, cores: int, rounds: int, extractor: str) -> dict[str, float]:
    """Digitize the sample; give median seconds by stage, of the whole page, and peak MiB."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    os.environ["OMP_NUM_THREADS"] = str(cores)
    import cv2
    import page

    from ecgengine.running.settings import make_pipeline

    cv2.setNumThreads(cores)
    options = {"*": {"runtime": runtime, "threads": cores}}
    pipeline = make_pipeline(
        segmenter="unet", extractor=extractor, rectifier="grid", options=options
    )
    found = page.measure(pipeline, page.sample_page(), rounds)
    return found | {"MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    given = parser(__doc__)
    given.add_argument("--cores", type=int, default=2)
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--extractor", default="viterbi")
    given.add_argument("--runtime", choices=RUNTIMES, help="measure one in this process")
    arguments = given.parse_args()
    if arguments.runtime is not None:
        asked = arguments.runtime, arguments.cores, arguments.rounds, arguments.extractor
        print(json.dumps(measure(*asked)))
        return
    numbers = {}
    for runtime in RUNTIMES:
        command = [sys.executable, __file__, *sys.argv[1:], "--runtime", runtime]
        answer = subprocess.run(command, check=False, capture_output=True, text=True)
        if answer.returncode:
            print(f"{runtime}: {answer.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        else:
            numbers[runtime] = json.loads(answer.stdout)
    save(arguments.name, numbers, "sample page, 2200 x 1700")


if __name__ == "__main__":
    main()
