from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from ecgengine.data.page import Page
from ecgengine.data.source import Source
from ecgengine_plugins.classifiers import hooks
from ecgengine_plugins.classifiers.fixed import FixedClassifier
from ecgengine_plugins.classifiers.simple import SimpleClassifier

PAGE = Page(np.full((600, 800, 3), 200, np.uint8), "page", "page.png")


def test_fixed_says_what_it_is_told():
    assert FixedClassifier(Source.PHOTO).classify(PAGE).source is Source.PHOTO
    unknown = FixedClassifier(None).classify(PAGE)
    assert unknown.source is None
    assert sum(unknown.probabilities.values()) == pytest.approx(1)


def test_it_is_chosen_by_name_only_and_takes_a_known_source():
    found = {plugin.name: plugin for plugin in hooks.ecgengine_classifiers()}
    simple, fixed = found["simple"], found["fixed"]
    assert simple.priority > fixed.priority
    assert isinstance(simple.factory(simple.options()), SimpleClassifier)
    stage = fixed.factory(fixed.options(source="bw-scan"))
    assert stage.classify(PAGE).source is Source.BW_SCAN
    with pytest.raises(ValidationError):
        fixed.options(source="fax")
