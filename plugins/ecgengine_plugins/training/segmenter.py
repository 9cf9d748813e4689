"""Training the sheet network: what `ecgengine train segmenter` does."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from safetensors.torch import load, save
from torch import Tensor

from ecgengine.errors import OutputExistsError
from ecgengine.files import write_files
from ecgengine.training import Progress, TrainingStep
from ecgengine_plugins.training.export import export_sheet_net
from ecgengine_plugins.training.log import as_csv, as_svg
from ecgengine_plugins.training.options import SegmenterTraining
from ecgengine_plugins.training.pages import batches
from ecgengine_plugins.training.sheet_net import CHANNELS, SheetNet

_STATE, _SETTINGS = "state.safetensors", "settings.json"
_CHANNEL_WEIGHTS = (1.0, 0.5, 0.5)
_CROSS_ENTROPY_WEIGHT = 20.0
_DICE_WEIGHT = 0.5
_MEAN_DECAY = 0.998
_REPORT_STEPS = 50
_SAVE_STEPS = 250
_VALIDATION_BATCHES = 4
_VALIDATION_SEED = 99


class SegmenterTrainer:
    """Trains the sheet network on crops of made pages.

    The loss is the cross-entropy of the coverage, less what no prediction can avoid, and the Dice
    loss of the trace; the weights that are kept are a running mean over some hundred steps
    (Polyak and Juditsky, 1992).
    """

    def __init__(self, options: SegmenterTraining) -> None:
        self._options = options
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self._device = torch.device(device if options.device == "auto" else options.device)

    def train(self, out: Path, progress: Progress) -> None:
        """Train until the last step, or go on with what `out` holds, and export the weights.

        Raises OutputExistsError when `out` holds a training with other options.
        """
        run = _Run(self._options, self._device)
        log = run.resume(out)
        validation = _validation(self._options)
        loss_mean, since = 0.0, 0
        for images, targets in batches(self._options, run.step):
            if run.step >= self._options.steps:
                break
            loss_mean += run.train(images, targets)
            since += 1
            last = run.step == self._options.steps
            if run.step % _REPORT_STEPS and not last:
                continue
            score = None
            if not run.step % _SAVE_STEPS or last:
                score = run.score(validation)
            log.append(TrainingStep(run.step, self._options.steps, loss_mean / since, score))
            loss_mean, since = 0.0, 0
            progress(log[-1])
            if score is not None:
                run.save(out, log)
        weights = run.mean_weights()
        write_files(out, export_sheet_net(weights, CHANNELS), force=True)


class _Run:
    """The state of a training: network, optimizer, mean weights, step."""

    def __init__(self, options: SegmenterTraining, device: torch.device) -> None:
        torch.manual_seed(options.seed)
        self._options, self._device = options, device
        net = SheetNet().to(device)
        self._net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimizer = torch.optim.AdamW(
            net.parameters(), options.learning_rate, weight_decay=1e-3
        )
        self._mean = {name: value.clone() for name, value in net.state_dict().items()}
        self.step = 0

    def train(self, images: Tensor, targets: Tensor) -> float:
        """Do one step; give its loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._options.learning_rate * _rate(self.step / self._options.steps)
        self._net.train()
        loss = _loss(self._logits(images), targets.to(self._device))
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
        self._optimizer.step()
        self.step += 1
        self._average()
        return float(loss.detach())

    def score(self, validation: list[tuple[Tensor, Tensor]]) -> float:
        """Give the Dice coefficient of the trace that the mean weights reach."""
        kept = {name: value.clone() for name, value in self._net.state_dict().items()}
        self._net.load_state_dict(self._mean)
        self._net.eval()
        with torch.no_grad():
            found = [
                1 - float(_dice(self._logits(images), targets.to(self._device)))
                for images, targets in validation
            ]
        self._net.load_state_dict(kept)
        return sum(found) / len(found)

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

    def _logits(self, images: Tensor) -> Tensor:
        x = images.to(self._device).contiguous(memory_format=torch.channels_last)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._options.bf16):
            logits: Tensor = self._net(x)
        return logits.float()

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(_MEAN_DECAY, self.step / (self.step + 20))
        for name, value in self._net.state_dict().items():
            if value.dtype.is_floating_point:
                self._mean[name].lerp_(value, 1 - decay)
            else:
                self._mean[name].copy_(value)


_MAY_CHANGE = frozenset({"workers", "device", "bf16"})
"""Options that an interrupted training may go on with otherwise."""


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


def _loss(logits: Tensor, targets: Tensor) -> Tensor:
    weights = torch.tensor(_CHANNEL_WEIGHTS, device=logits.device).view(1, -1, 1, 1)
    given = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    # What is left even when every gray edge pixel is predicted right.
    unavoidable = F.binary_cross_entropy(targets, targets, reduction="none")
    cross_entropy = ((given - unavoidable) * weights).mean()
    return _CROSS_ENTROPY_WEIGHT * cross_entropy + _DICE_WEIGHT * _dice(logits, targets)


def _dice(logits: Tensor, targets: Tensor) -> Tensor:
    found, true = torch.sigmoid(logits[:, 0]), targets[:, 0]
    return 1 - 2 * (found * true).sum() / ((found**2).sum() + (true**2).sum() + 1)


def _validation(options: SegmenterTraining) -> list[tuple[Tensor, Tensor]]:
    """Make a few batches from pages that are not trained on."""
    other = options.model_copy(
        update={
            "seed": options.seed + _VALIDATION_SEED,
            "data": "synthetic",
            "records": "",
            "workers": 0,
        }
    )
    stream = batches(other)
    return [next(stream) for _ in range(_VALIDATION_BATCHES)]
