"""Train a network: steps, mean weights, log, saving and going on, alike for all networks."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from ecgengine.data.training import Progress, TrainingStep
from ecgengine.errors import OutputExistsError, UnreadableInputError
from ecgengine.running.files import write_files
from ecgengine_plugins.training.log import as_csv, as_svg
from ecgengine_plugins.training.options import TrainingOptions

Batch = tuple[Tensor, Tensor]
"""What the network is given and what it should give."""

_STATE, _SETTINGS = "state.safetensors", "settings.json"
_MEAN_DECAY = 0.998
_WEIGHT_DECAY = 1e-3
_REPORT_STEPS = 50
_SAVE_STEPS = 250
_VALIDATION_BATCHES = 4
_VALIDATION_SEED = 99


OptionsT = TypeVar("OptionsT", bound=TrainingOptions)


class Lesson(ABC, Generic[OptionsT]):
    """What is taught: a network, material, and how answers are judged.

    Attributes:
        options: of the training.
        out: the training's folder.
    """

    def __init__(self, options: OptionsT, out: Path) -> None:
        self.options, self.out = options, out

    @abstractmethod
    def network(self) -> nn.Module:
        """Give the network with its first weights."""

    @abstractmethod
    def batches(self, seed: int, first: int, *, validating: bool) -> Iterator[Batch]:
        """Yield batches from number `first` on, always the same ones for the same arguments.

        Batches for validation are made in this process, from synthetic pages alone.
        """

    @abstractmethod
    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Give what training makes small."""

    @abstractmethod
    def score(self, outputs: Tensor, targets: Tensor) -> float:
        """Give what people want large, between 0 and 1."""

    @abstractmethod
    def export(
        self, weights: Mapping[str, Tensor], validation: Sequence[Batch]
    ) -> dict[str, bytes]:
        """Give the files of the trained network, `model.onnx` and `weights.safetensors`."""


class LessonTrainer:
    """Trains the network of a lesson."""

    def __init__(self, lesson: type[Lesson[Any]], options: TrainingOptions) -> None:
        self._lesson, self._options = lesson, options

    def train(self, out: Path, progress: Progress) -> None:
        """Train or go on with what `out` holds, and export; see the function `train`."""
        train(self._lesson(self._options, out), progress)


def train(lesson: Lesson[Any], progress: Progress) -> None:
    """Train until the last step, or go on with what the folder holds, and export the weights.

    The weights that are kept are a running mean over some hundred steps (Polyak and Juditsky,
    1992).

    Raises OutputExistsError when the folder holds a training with other options.
    """
    options, out = lesson.options, lesson.out
    run = _Run(lesson)
    log = run.resume(out)
    stream = lesson.batches(options.seed + _VALIDATION_SEED, 0, validating=True)
    validation = [next(stream) for _ in range(_VALIDATION_BATCHES)]
    loss_mean, since = 0.0, 0
    stream = lesson.batches(options.seed, run.step, validating=False)
    for inputs, targets in islice(stream, max(options.steps - run.step, 0)):
        loss_mean += run.train(inputs, targets)
        since += 1
        last = run.step == options.steps
        if run.step % _REPORT_STEPS and not last:
            continue
        score = None
        if not run.step % _SAVE_STEPS or last:
            score = run.score(validation)
        log.append(TrainingStep(run.step, options.steps, loss_mean / since, score))
        loss_mean, since = 0.0, 0
        progress(log[-1])
        if score is not None:
            run.save(out, log)
    write_files(out, lesson.export(run.mean_weights(), validation), force=True)


class _Run:
    """The state of a training: network, optimizer, mean weights, step."""

    def __init__(self, lesson: Lesson[Any]) -> None:
        options: TrainingOptions = lesson.options
        torch.manual_seed(options.seed)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self._device = torch.device(device if options.device == "auto" else options.device)
        self._lesson, self._options = lesson, options
        net = lesson.network()
        if options.begin:
            _begin(net, Path(options.begin))
        net.to(self._device)
        self._net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimizer = torch.optim.AdamW(
            net.parameters(), options.learning_rate, weight_decay=_WEIGHT_DECAY
        )
        self._mean = {name: value.clone() for name, value in net.state_dict().items()}
        self.step = 0

    def train(self, inputs: Tensor, targets: Tensor) -> float:
        """Do one step; give its loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._options.learning_rate * _rate(self.step / self._options.steps)
        self._net.train()
        loss = self._lesson.loss(self._outputs(inputs), targets.to(self._device))
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
        self._optimizer.step()
        self.step += 1
        self._average()
        return float(loss.detach())

    def score(self, validation: Sequence[Batch]) -> float:
        """Give the mean score that the mean weights reach."""
        kept = {name: value.clone() for name, value in self._net.state_dict().items()}
        self._net.load_state_dict(self._mean)
        self._net.eval()
        with torch.no_grad():
            scores = [
                self._lesson.score(self._outputs(inputs), targets.to(self._device))
                for inputs, targets in validation
            ]
        self._net.load_state_dict(kept)
        return sum(scores) / len(scores)

    def mean_weights(self) -> dict[str, Tensor]:
        """Give the weights to keep, on the CPU."""
        return {name: value.cpu().contiguous() for name, value in self._mean.items()}

    def save(self, out: Path, log: list[TrainingStep]) -> None:
        """Write everything that going on needs, and what people look at."""
        tensors = {f"net/{name}": value for name, value in self._net.state_dict().items()}
        tensors |= {f"mean/{name}": value for name, value in self._mean.items()}
        for index, state in self._optimizer.state_dict()["state"].items():
            tensors |= {f"adam/{index}/{name}": value for name, value in state.items()}
        plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
        settings = {"options": self._options.model_dump(), "step": self.step}
        settings["log"] = [asdict(each) for each in log]
        files = {
            _STATE: save(plain),
            "log.csv": as_csv(log).encode(),
            "curves.svg": as_svg(log).encode(),
            _SETTINGS: json.dumps(settings, indent=1).encode(),
        }
        write_files(out, files, force=True)

    def resume(self, out: Path) -> list[TrainingStep]:
        """Take up what `out` holds; give its log, which is empty for a new folder."""
        if not (out / _SETTINGS).exists():
            return []
        settings = json.loads((out / _SETTINGS).read_text(encoding="utf-8"))
        mine, theirs = self._options.model_dump(), settings["options"]
        if any(mine[name] != theirs.get(name) for name in mine if name not in _MAY_CHANGE):
            raise OutputExistsError(
                f"{out} holds a training with other options ({_SETTINGS} says which): "
                "choose another folder with --out, or remove it"
            )
        tensors = load((out / _STATE).read_bytes())
        parts: dict[str, dict[str, Tensor]] = {"net": {}, "mean": {}, "adam": {}}
        for key, value in tensors.items():
            part, _, name = key.partition("/")
            parts[part][name] = value.to(self._device)
        self._net.load_state_dict(parts["net"])
        self._mean = parts["mean"]
        state = self._optimizer.state_dict()
        state["state"] = _adam_state(parts["adam"])
        self._optimizer.load_state_dict(state)
        self.step = settings["step"]
        return [TrainingStep(**each) for each in settings["log"]]

    def _outputs(self, inputs: Tensor) -> Tensor:
        x = inputs.to(self._device).contiguous(memory_format=torch.channels_last)
        bf16 = self._options.bf16 and _has_bf16(self._device)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=bf16):
            outputs: Tensor = self._net(x)
        return outputs.float()

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(_MEAN_DECAY, self.step / (self.step + 20))
        for name, value in self._net.state_dict().items():
            if value.dtype.is_floating_point:
                self._mean[name].lerp_(value, 1 - decay)
            else:
                self._mean[name].copy_(value)


_MAY_CHANGE = frozenset({"workers", "device", "bf16", "steps"})
"""Options that an interrupted training may go on with otherwise.

With no more steps than it has done, its weights are exported as they are.
"""


def _has_bf16(device: torch.device) -> bool:
    """Tell whether bfloat16 pays: processors without AVX-512 are ten times slower with it."""
    if device.type != "cpu":
        return True
    return "AVX512" in torch.backends.cpu.get_cpu_capability()


def _begin(net: nn.Module, path: Path) -> None:
    """Take from a file what has the same name and shape; raises UnreadableInputError."""
    try:
        given = load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise UnreadableInputError(
            f"{path} holds no weights that can be read ({error}): give a .safetensors file"
        ) from error
    own = net.state_dict()
    fitting = {
        name: value
        for name, value in given.items()
        if name in own and own[name].shape == value.shape
    }
    net.load_state_dict(fitting, strict=False)


def _adam_state(tensors: dict[str, Tensor]) -> dict[int, dict[str, Any]]:
    state: dict[int, dict[str, Any]] = {}
    for key, value in tensors.items():
        index, _, name = key.partition("/")
        state.setdefault(int(index), {})[name] = value
    return state


def _rate(part: float) -> float:
    """Give the learning rate's share of its highest: a short climb, then half a cosine."""
    climb = 0.05
    if part < climb:
        return 0.04 + 0.96 * part / climb
    angle = torch.pi * (part - climb) / (1 - climb)
    return float(0.5 + 0.5 * torch.cos(torch.tensor(angle)))
