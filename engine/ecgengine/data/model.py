"""Models: trained networks that plugins ship, each with a card that says where it comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ecgengine.errors import MissingDependencyError

CARD_SUFFIX = ".json"

MAX_MODEL_BYTES = 16 * 2**20
"""What a package that installs quickly can carry."""


@dataclass(frozen=True, slots=True)
class Model:
    """One trained network and its card.

    Attributes:
        name: what plugins and the command line call it, such as `rows-v1`.
        task: what it does, in one sentence.
        path: its ONNX file.
        sha256: of that file, in hexadecimal digits.
        license: under which its weights may be used.
        data: what it was trained on, seeds included.
        training: how it was trained: steps, batch, loss and whatever else repeats it.
        scores: what was measured, by name of the measurement.
        source: the safetensors file with the same weights, for further training and for running
            them with torch, or None.
        source_sha256: of that file; None without one.
    """

    name: str
    task: str
    path: Path
    sha256: str
    license: str
    data: str
    training: Mapping[str, Any]
    scores: Mapping[str, float]
    source: Path | None = None
    source_sha256: str | None = None

    @classmethod
    def from_card(cls, card: Path) -> Model:
        """Read a card, a JSON file beside the files that it names.

        Raises MissingDependencyError when the card is missing or faulty.
        """
        try:
            facts = json.loads(card.read_text(encoding="utf-8"))
            return cls(
                name=facts["name"],
                task=facts["task"],
                path=card.parent / facts["file"],
                sha256=facts["sha256"],
                license=facts["license"],
                data=facts["data"],
                training=facts["training"],
                scores=facts["scores"],
                source=card.parent / facts["source"] if "source" in facts else None,
                source_sha256=facts["source_sha256"] if "source" in facts else None,
            )
        except (OSError, ValueError, KeyError) as error:
            raise MissingDependencyError(
                f"{card} is no readable model card ({error}): install its package again"
            ) from error

    def read(self) -> bytes:
        """Give the ONNX file's bytes, checked against the card.

        Raises MissingDependencyError when the file is not there or not what the card says.
        """
        return self._checked(self.path, self.sha256)

    def read_source(self) -> bytes:
        """Give the safetensors file's bytes, checked against the card.

        Raises MissingDependencyError when there is none or it is not what the card says.
        """
        if self.source is None or self.source_sha256 is None:
            raise MissingDependencyError(
                f"the model {self.name} comes without its weights as safetensors: "
                "run it with --runtime onnxruntime"
            )
        return self._checked(self.source, self.source_sha256)

    def _checked(self, path: Path, checksum: str) -> bytes:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise MissingDependencyError(
                f"the model {self.name} is not there ({path}: {error.strerror}): "
                "install its package again"
            ) from error
        if sha256(data).hexdigest() != checksum:
            raise MissingDependencyError(
                f"the model {self.name} is not what its card says ({path} has another "
                "SHA-256): install its package again"
            )
        return data
