from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.torch import load, save  # noqa: E402

from ecgengine_plugins.training.halves import halved, stored_in_half  # noqa: E402

VALUES = np.random.default_rng(1).normal(0, 1, (16, 16)).astype(np.float32)


def product(values: np.ndarray) -> bytes:
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 16])],
        [numpy_helper.from_array(values, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return model.SerializeToString()


def run(data: bytes) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.linspace(-1, 1, 16, dtype=np.float32)[None]})[0]


def test_what_was_rounded_is_stored_exactly_in_half_the_size(tmp_path) -> None:
    rounded = halved({"w": torch.from_numpy(VALUES), "count": torch.tensor(7)})
    assert rounded["w"].dtype == torch.float32
    assert rounded["w"].numpy() == pytest.approx(VALUES, rel=1e-3)
    whole = product(rounded["w"].numpy())
    files = stored_in_half({"model.onnx": whole, "weights.safetensors": save(rounded)})
    onnx.checker.check_model(onnx.load_from_string(files["model.onnx"]), full_check=True)
    assert len(whole) - len(files["model.onnx"]) > VALUES.nbytes / 2 - 100
    assert np.array_equal(run(files["model.onnx"]), run(whole))
    stored = load(files["weights.safetensors"])
    assert stored["w"].dtype == torch.float16
    assert torch.equal(stored["w"].float(), rounded["w"])
    assert int(stored["count"]) == 7


def test_the_weights_say_which_network_they_belong_to(tmp_path) -> None:
    from hashlib import sha256

    plain = {"model.onnx": product(VALUES), "weights.safetensors": save({"w": torch.zeros(3)})}
    files = stored_in_half(plain)
    path = tmp_path / "weights.safetensors"
    path.write_bytes(files["weights.safetensors"])
    with safe_open(path, "pt") as opened:
        named = opened.metadata()["onnx_sha256"]
    assert named == sha256(files["model.onnx"]).hexdigest()
