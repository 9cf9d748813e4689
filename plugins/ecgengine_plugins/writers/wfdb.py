"""Write a recording as a WFDB record.

Format: https://physionet.org/physiotools/wag/header-5.htm and signal-5.htm (format 16).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from ecgengine.data.digitized import Digitized
from ecgengine.data.recording import LeadStatus, Recording

_UNITS_PER_MV = 1000
_GAP = -32768


class WfdbWriter:
    """All leads on the recording's clock; unread samples and missing leads are -32768.

    A millivolt is 1000 units, so values are right to half a microvolt and reach 32.767 mV.
    """

    def render(self, result: Digitized) -> Mapping[str, bytes]:
        """Give `NAME.hea` and `NAME.dat`; in NAME accents go and what WFDB forbids becomes `_`."""
        recording = result.recording
        record = _record_name(recording.name)
        table = np.stack([recording.full_mv(lead.name) for lead in recording.leads], axis=1)
        units = np.clip(np.rint(table.astype(np.float64) * _UNITS_PER_MV), _GAP + 1, -_GAP - 1)
        digital = np.where(np.isfinite(table), units, _GAP).astype("<i2")
        lines = [f"{record} {len(recording.leads)} {recording.fs_hz:g} {len(digital)}"]
        for lead, samples in zip(recording.leads, digital.T, strict=True):
            first = int(samples[0]) if samples.size else 0
            checksum = int(samples.astype(np.int64).sum()) & 0xFFFF
            lines.append(
                f"{record}.dat 16 {_UNITS_PER_MV}(0)/mV 16 0 {first} {checksum} 0 {lead.name}"
            )
        for lead in recording.leads:
            if lead.status is not LeadStatus.OK:
                lines.append(f"# {lead.name} {lead.status}: {'; '.join(lead.reasons)}")
        return {
            f"{record}.hea": ("\n".join(lines) + "\n").encode(),
            f"{record}.dat": digital.tobytes(),
        }

    def render_batch(self, recordings: Sequence[Recording]) -> Mapping[str, bytes]:
        """Give nothing: every page has its own record."""
        return {}


def _record_name(name: str) -> str:
    """Bring a name to the letters, digits, `-` and `_` that WFDB allows."""
    plain = unicodedata.normalize("NFKD", name)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^-\w]", "_", bare, flags=re.ASCII)
