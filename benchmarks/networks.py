"""Seconds and memory of a page through the networks, by runtime, against eager torch.

    python benchmarks/networks.py [--cores 2] [--rounds 5] [--extractor viterbi]

The page is the project's own sample, drawn at 2200 x 1700. Each runtime works in a process of its
own, on as many cores as asked for; the first round, which compiles and loads, is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys

RUNTIMES = ("torch", "onnxruntime", "openvino", "openvino-bf16")
STAGES = ("classifier", "preprocessor", "rectifier", "segmenter", "matcher", "extractor")


def measure(runtime: str, cores: int, rounds: int, extractor: str) -> dict[str, float]:
    """Digitize the sample; give median seconds by stage, of the whole page, and peak MiB."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    os.environ["OMP_NUM_THREADS"] = str(cores)
    import cv2
    from page import sample_page

    from ecgengine.running.settings import make_pipeline

    cv2.setNumThreads(cores)
    options = {"*": {"runtime": runtime, "threads": cores}}
    pipeline = make_pipeline(
        segmenter="unet", extractor=extractor, rectifier="grid", options=options
    )
    page = sample_page()
    pipeline.digitize(page)
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        records = pipeline.digitize(page).recording.provenance
        for record in records:
            found.setdefault(record.kind, []).append(record.seconds)
        found.setdefault("page", []).append(sum(record.seconds for record in records))
    medians = {kind: statistics.median(values) for kind, values in found.items()}
    return medians | {"mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--extractor", default="viterbi")
    parser.add_argument("--runtime", choices=RUNTIMES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.runtime is not None:
        print(
            json.dumps(
                measure(arguments.runtime, arguments.cores, arguments.rounds, arguments.extractor)
            )
        )
        return
    print(f"| runtime | {' | '.join(STAGES)} | page s | against torch | peak MiB |")
    print("|---|" + "---|" * (len(STAGES) + 3))
    baseline = 0.0
    for runtime in RUNTIMES:
        command = [sys.executable, __file__, *sys.argv[1:], "--runtime", runtime]
        answer = subprocess.run(command, check=False, capture_output=True, text=True)
        if answer.returncode:
            print(f"| {runtime} | {answer.stderr.strip().splitlines()[-1]} |")
            continue
        found = json.loads(answer.stdout)
        baseline = baseline or found["page"]
        stages = " | ".join(f"{found[kind]:.3f}" for kind in STAGES)
        ratio = found["page"] / baseline
        print(f"| {runtime} | {stages} | {found['page']:.2f} | {ratio:.2f} | {found['mib']:.0f} |")


if __name__ == "__main__":
    main()
