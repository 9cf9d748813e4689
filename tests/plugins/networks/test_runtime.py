from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecgengine.errors import MissingDependencyError
from ecgengine_plugins.networks.page.window import CHANNELS, PACKED, WORDS
from ecgengine_plugins.networks.runtime import Runtime, open_network
from ecgengine_plugins.networks.shipped import PAGE_NET, ROW_NET, SOURCE_NET, shipped

PIXELS = np.random.default_rng(1).integers(0, 256, (1, 96, 160, 3), dtype=np.uint8)


VIEWS = np.random.default_rng(2).integers(0, 256, (1, 192, 384, 3), dtype=np.uint8)

PROBABILITIES = {PAGE_NET: slice(PACKED, PACKED + len(WORDS))}
"""Where the answers of networks that also tell lengths hold probabilities of words."""

ZERO_ROWS = np.array([[40.0, -20.0, 110.0]], np.float32)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("runtime", "tolerance"), [("openvino", 1e-3), ("openvino-bf16", 0.05), ("torch", 1e-3)]
)
@pytest.mark.parametrize(
    ("name", "inputs", "shape"),
    [
        (ROW_NET, (PIXELS, ZERO_ROWS), (1, 96, 320)),
        (SOURCE_NET, (VIEWS,), (1, 9)),
        (PAGE_NET, (PIXELS,), (1, CHANNELS, 24, 40)),
    ],
)
def test_runtimes_agree(
    runtime: Runtime,
    tolerance: float,
    name: str,
    inputs: tuple[np.ndarray, ...],
    shape: tuple[int, ...],
) -> None:
    pytest.importorskip(runtime.removesuffix("-bf16"))
    model = shipped(name)
    expected = open_network(model, "onnxruntime", 1)(*inputs)
    found = open_network(model, runtime, 1)(*inputs)
    assert expected.shape == found.shape == shape
    assert np.abs(expected - found).max() < tolerance
    probabilities = expected[:, PROBABILITIES.get(name, slice(None))]
    assert 0 <= probabilities.min() <= probabilities.max() <= 1


def test_a_model_without_an_architecture_is_not_run_with_torch(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    with pytest.raises(MissingDependencyError, match="no architecture"):
        open_network(replace(shipped(ROW_NET), path=tmp_path / "net.onnx"), "torch", 1)


def test_changed_weights_are_not_run(tmp_path: Path) -> None:
    model = shipped(ROW_NET)
    data = bytearray(model.read())
    data[len(data) // 2] ^= 1
    changed = tmp_path / "changed.onnx"
    changed.write_bytes(bytes(data))
    with pytest.raises(MissingDependencyError, match="SHA-256"):
        open_network(replace(model, path=changed), "onnxruntime", 1)


def test_a_runtime_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    with pytest.raises(MissingDependencyError, match=r"pip install ecgengine\[openvino\]"):
        open_network(shipped(ROW_NET), "openvino", 1)
