"""The stage kinds: the one table of what plugins can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from ecgengine.data.layout import Layout
    from ecgengine.data.model import Model
    from ecgengine.plugins import stages

StageT = TypeVar("StageT")


class StageKind(str, Generic[StageT]):
    """A kind of plugin: its name, such as `extractor`, and the type of what its factories build.

    Attributes:
        on_the_way: whether exactly one plugin of this kind serves a page on its way.
    """

    on_the_way: bool

    def __new__(cls, name: str, *, on_the_way: bool = False) -> StageKind[StageT]:
        """Make the kind `name`."""
        kind = super().__new__(cls, name)
        kind.on_the_way = on_the_way
        return kind

    @property
    def hook(self) -> str:
        """Name of the hook that yields plugins of this kind."""
        return f"ecgengine_{self}s"


READER: StageKind[stages.Reader] = StageKind("reader")
CLASSIFIER: StageKind[stages.Classifier] = StageKind("classifier", on_the_way=True)
PREPROCESSOR: StageKind[stages.Preprocessor] = StageKind("preprocessor", on_the_way=True)
RECTIFIER: StageKind[stages.Rectifier] = StageKind("rectifier", on_the_way=True)
SEGMENTER: StageKind[stages.Segmenter] = StageKind("segmenter", on_the_way=True)
LAYOUT: StageKind[Layout] = StageKind("layout")
MATCHER: StageKind[stages.Matcher] = StageKind("matcher", on_the_way=True)
EXTRACTOR: StageKind[stages.Extractor] = StageKind("extractor", on_the_way=True)
ASSEMBLER: StageKind[stages.Assembler] = StageKind("assembler", on_the_way=True)
WRITER: StageKind[stages.Writer] = StageKind("writer")
DATASET: StageKind[stages.Dataset] = StageKind("dataset")
MODEL: StageKind[Model] = StageKind("model")
TRAINER: StageKind[stages.Trainer] = StageKind("trainer")

READING: tuple[StageKind[Any], ...] = (
    *(READER, CLASSIFIER, PREPROCESSOR, RECTIFIER, SEGMENTER),
    *(LAYOUT, MATCHER, EXTRACTOR, ASSEMBLER),
)
"""The kinds that turn a file into recordings, in their order on a page's way."""

ON_THE_WAY = tuple(kind for kind in READING if kind.on_the_way)
"""Those of which exactly one plugin serves a page."""

KINDS: tuple[StageKind[Any], ...] = (*READING, WRITER, DATASET, MODEL, TRAINER)
"""Every kind."""
