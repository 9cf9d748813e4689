"""Made-up hearts: patients with findings, and the twelve leads of their beating.

Waves and leads are those of `ecgengine.ecg.dipole`. What findings do to them follows the textbooks'
criteria; noise is added at the electrodes, so that limb leads still obey Einthoven.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.ecg.dipole import Vector, Wave, add_waves, leads_of, limb_leads
from ecgengine.ecg.signals import Signals
from ecgengine_plugins.synth.rhythm import Beat, Rhythm, beats_of

ItemT = TypeVar("ItemT")

Conduction = Literal["normal", "left bundle", "right bundle"]

_P = Wave(-0.16, 0.022, (0.045, 0.10, 0.02))
_QRS = (
    Wave(-0.021, 0.0065, (-0.11, -0.06, 0.24)),
    Wave(0.0, 0.009, (0.80, 0.98, -0.18)),
    Wave(0.022, 0.0085, (-0.12, -0.34, -0.66)),
)
_T = Wave(0.27, 0.062, (0.18, 0.16, 0.13), 0.036)
_LEFT_BUNDLE = (
    Wave(-0.012, 0.018, (0.60, 0.20, -0.40)),
    Wave(0.034, 0.018, (0.65, 0.15, -1.15)),
    Wave(0.072, 0.014, (0.45, 0.02, -0.45)),
)
_RIGHT_BUNDLE_END = Wave(0.052, 0.016, (-0.50, -0.08, 0.48))
_CHEST_VIEWS: dict[str, Vector] = {
    "V1": (-0.54, 0.0, 1.20),
    "V2": (0.25, 0.0, 2.20),
    "V3": (1.35, 0.0, 1.95),
    "V4": (1.80, 0.2, 1.20),
    "V5": (1.90, 0.2, 0.35),
    "V6": (1.55, 0.2, -0.05),
}
"""How the chest leads see the dipole: as tall as in the median of real records."""
_QRS_AXIS_DEG = 51.0
_REST_RR_S = 0.85


@dataclass(frozen=True, slots=True)
class Noise:
    """What disturbs the electrodes.

    Attributes:
        wander_mv: root mean square of the slow baseline wander.
        muscle_mv: root mean square of muscle noise, 20 to 150 Hz.
        mains_mv: amplitude of mains hum.
        mains_hz: its frequency.
    """

    wander_mv: float = 0.0
    muscle_mv: float = 0.0
    mains_mv: float = 0.0
    mains_hz: float = 50.0


@dataclass(frozen=True, slots=True)
class Heart:
    """One patient's heart at rest.

    Attributes:
        rhythm: when it beats.
        p: waves of the atria, before the beat by the PR interval's own delay.
        qrs: waves of the ventricles.
        t: waves of their recovery.
        ectopic: waves of a beat that begins in the ventricles.
        atria_mv: amplitude of fibrillation or flutter waves.
        views: how the chest leads see the dipole.
        noise: what disturbs the electrodes.
        paced: whether a spike of the pacemaker goes before each beat.
        findings: what is the matter, in words.
    """

    rhythm: Rhythm
    p: tuple[Wave, ...]
    qrs: tuple[Wave, ...]
    t: tuple[Wave, ...]
    ectopic: tuple[Wave, ...]
    atria_mv: float
    views: dict[str, Vector]
    noise: Noise
    paced: bool = False
    findings: tuple[str, ...] = ()


def draw_heart(random: np.random.Generator) -> Heart:
    """Choose a patient: a third without findings, the others with one or two."""
    heart = _normal(random)
    if random.random() < 0.36:
        return heart
    left = _FINDINGS
    for _ in range(1 + int(random.random() < 0.3)):
        probabilities = np.array([probability for _, _, probability in left])
        change, changed, _ = left[
            int(random.choice(len(left), p=probabilities / probabilities.sum()))
        ]
        kinds = set(changed)
        heart = change(heart, random)
        left = tuple(finding for finding in left if not kinds.intersection(finding[1]))
    return heart


def draw_odd_heart(random: np.random.Generator) -> Heart:
    """Choose a patient as `draw_heart` does, but more often one whose heart beats oddly.

    A fifth beats slowly (30 to 50 a minute), a tenth fast, a seventh with wide complexes.
    """
    heart = draw_heart(random)
    if random.random() < 1 / 7:
        heart = _left_bundle_block(heart, random)
    pace = random.random()
    if pace < 0.3:
        rate = float(random.uniform(30, 50) if pace < 0.2 else random.uniform(110, 180))
        pr_s = min(heart.rhythm.pr_s, 20 / rate)
        # Atria that flutter or fibrillate would set a pace of their own.
        regular = replace(heart.rhythm, kind="sinus", rate_bpm=rate, pr_s=pr_s)
        heart = replace(heart, rhythm=regular, atria_mv=0.0)
    return heart


def beat(heart: Heart, duration_s: float, fs_hz: float, random: np.random.Generator) -> Signals:
    """Let a heart beat: twelve leads in millivolts, (duration_s * fs_hz,) each."""
    size = round(duration_s * fs_hz)
    dipole = np.zeros((size, 3))
    beats = beats_of(heart.rhythm, duration_s, random)
    breath_s, breath = float(random.uniform(2.8, 5)), float(random.uniform(0, 0.07))
    for each in beats:
        _add_beat(dipole, fs_hz, heart, each, 1 + breath * np.sin(2 * np.pi * each.at_s / breath_s))
    if heart.atria_mv > 0:
        dipole += _atria(heart, size, fs_hz, random)
    leads = leads_of(dipole, heart.views)
    _disturb(leads, heart.noise, fs_hz, random)
    return Signals(fs_hz, leads)


def _add_beat(
    dipole: NDArray[np.float64], fs_hz: float, heart: Heart, each: Beat, strength: float
) -> None:
    if each.p_before_s is not None:
        add_waves(dipole, fs_hz, heart.p, each.at_s - each.p_before_s - _P.delay_s, strength)
    if each.kind == "p alone":
        return
    if each.kind == "ventricular":
        add_waves(dipole, fs_hz, heart.ectopic, each.at_s, strength)
        return
    if heart.paced:
        spike = Wave(-0.07, 0.0007, (0.5, 0.9, -0.3))
        add_waves(dipole, fs_hz, (spike,), each.at_s)
    add_waves(dipole, fs_hz, heart.qrs, each.at_s, strength)
    # Recovery comes sooner in a faster heart (Bazett, 1920).
    sooner = float(np.sqrt(min(each.rr_s, 1.2) / _REST_RR_S))
    recovery = [replace(wave, delay_s=wave.delay_s * sooner) for wave in heart.t]
    add_waves(dipole, fs_hz, recovery, each.at_s, strength)


def _atria(
    heart: Heart, size: int, fs_hz: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Let the atria flutter (a saw-tooth) or fibrillate (restless waves of 4 to 8 Hz)."""
    time_s = np.arange(size) / fs_hz
    if heart.rhythm.kind == "flutter":
        phase = (time_s / heart.rhythm.flutter_s + random.random()) % 1
        course = np.where(phase < 0.75, phase / 0.75, (1 - phase) / 0.25) - 0.5
        way = np.array([-0.1, -1.0, 0.35])
    else:
        course = np.zeros(size)
        for _ in range(3):
            wobble = np.cumsum(random.standard_normal(size)) * 0.05
            course += np.sin(2 * np.pi * float(random.uniform(4.5, 8)) * time_s + wobble) / 2
        way = np.array([-0.35, 0.25, 0.9])
    return np.asarray(heart.atria_mv * course[:, None] * way)


def _disturb(
    leads: dict[str, NDArray[np.float64]], noise: Noise, fs_hz: float, random: np.random.Generator
) -> None:
    """Add noise of three limb and six chest electrodes to the leads that they make."""
    size = leads["I"].size
    hz = np.fft.rfftfreq(size, 1 / fs_hz)
    shape = np.zeros(hz.size)
    slow, muscle = (hz > 0) & (hz < 0.6), (hz > 20) & (hz < 150)
    shape[slow] = noise.wander_mv / np.sqrt(2 * max(slow.sum(), 1))
    shape[muscle] = noise.muscle_mv / np.sqrt(2 * max(muscle.sum(), 1))
    spectra = random.standard_normal((9, hz.size, 2)) @ (1, 1j) * shape
    electrodes = np.fft.irfft(spectra, size, axis=1) * size / np.sqrt(2)
    hum = np.sin(2 * np.pi * noise.mains_hz * np.arange(size) / fs_hz)
    electrodes += noise.mains_mv * random.uniform(-1, 1, 9)[:, None] * hum
    ra, la, ll = electrodes[:3]
    limbs = limb_leads(la - ra, ll - ra)
    for name in LEADS:
        if name in limbs:
            leads[name] += limbs[name]
        else:
            leads[name] += electrodes[2 + int(name[1])] - (ra + la + ll) / 3


def _pick(
    random: np.random.Generator,
    items: Sequence[ItemT],
    often: Sequence[float] | None = None,
) -> ItemT:
    return items[int(random.choice(len(items), p=often))]


def _varied(wave: Wave, random: np.random.Generator, share: float) -> Wave:
    """Change a wave as one person's differs from another's."""
    vector = np.array(wave.vector_mv)
    turned = vector * random.normal(1, share, 3)
    turned += random.normal(0, 0.3 * share, 3) * float(np.abs(vector).max())
    width_s = wave.width_s * float(random.normal(1, 0.4 * share))
    return replace(wave, width_s=max(width_s, 0.004), vector_mv=_vector(turned))


def _vector(values: NDArray[np.float64]) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])


def _turned(wave: Wave, degrees: float) -> Wave:
    """Turn a wave in the frontal plane, clockwise as axes are counted."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    left, feet, chest = wave.vector_mv
    return replace(wave, vector_mv=(left * cos - feet * sin, left * sin + feet * cos, chest))


def _scaled(waves: Sequence[Wave], factor: float) -> tuple[Wave, ...]:
    return tuple(
        replace(wave, vector_mv=_vector(np.array(wave.vector_mv) * factor)) for wave in waves
    )


def _normal(random: np.random.Generator) -> Heart:
    """Draw a healthy heart; the small disturbances of any recording are with it."""
    turn = float(np.clip(random.normal(45, 40), -45, 105)) - _QRS_AXIS_DEG
    size = float(np.clip(random.lognormal(-0.12, 0.28), 0.45, 1.7))
    qrs = tuple(_turned(_varied(wave, random, 0.25), turn) for wave in (*_QRS, *_notches(random)))
    t = _varied(_T, random, 0.25)
    t = replace(t, delay_s=t.delay_s * float(random.normal(1, 0.06)))
    thin = float(np.clip(random.lognormal(0, 0.25), 0.55, 1.7))
    views = {
        name: _vector((np.array(view) * random.normal(1, 0.14) + random.normal(0, 0.08, 3)) * thin)
        for name, view in _CHEST_VIEWS.items()
    }
    rhythm = Rhythm(
        rate_bpm=float(np.clip(random.normal(74, 14), 48, 115)),
        variability=float(random.uniform(0.005, 0.06)),
        pr_s=float(np.clip(random.normal(0.16, 0.02), 0.12, 0.2)),
    )
    noise = Noise(
        wander_mv=_pick(random, (0.0, float(random.exponential(0.04))), (0.25, 0.75)),
        muscle_mv=_pick(random, (0.0, float(random.exponential(0.009))), (0.3, 0.7)),
        mains_mv=_pick(random, (0.0, float(random.exponential(0.012))), (0.7, 0.3)),
        mains_hz=_pick(random, (50.0, 60.0)),
    )
    return Heart(
        rhythm=rhythm,
        p=_scaled((_varied(_P, random, 0.3),), size),
        qrs=_scaled(qrs, size),
        t=_scaled((t,), size),
        ectopic=_ectopic(random, size),
        atria_mv=0.0,
        views=views,
        noise=noise,
    )


def _notches(random: np.random.Generator) -> tuple[Wave, ...]:
    """Give the small bends that make every heart's complexes its own."""
    return tuple(
        Wave(
            float(random.uniform(-0.03, 0.035)),
            float(random.uniform(0.003, 0.006)),
            _vector(random.normal(0, 0.09, 3)),
        )
        for _ in range(3)
    )


def _ectopic(random: np.random.Generator, size: float) -> tuple[Wave, ...]:
    """Give the wide, tall waves of a beat that spreads from somewhere in the ventricles."""
    way = random.normal(0, 1, 3)
    way *= float(random.uniform(0.7, 1.3)) / max(float(np.linalg.norm(way)), 1e-6)
    second = way * 0.55 + random.normal(0, 0.25, 3)
    waves = (
        Wave(-0.01, 0.020, _vector(way)),
        Wave(0.045, 0.022, _vector(second)),
        Wave(0.31, 0.065, _vector(-0.4 * way), 0.045),
    )
    return _scaled(waves, size)


def _found(heart: Heart, words: str) -> tuple[str, ...]:
    return (*heart.findings, words)


def _left_bundle_block(heart: Heart, random: np.random.Generator) -> Heart:
    size = float(random.uniform(0.7, 1.3))
    qrs = _scaled([_varied(wave, random, 0.15) for wave in _LEFT_BUNDLE], size)
    t = _scaled((Wave(0.31, 0.065, (-0.22, -0.05, 0.28), 0.04),), size)
    st = _scaled((Wave(0.16, 0.05, (-0.07, 0.0, 0.12)),), size)
    return replace(heart, qrs=qrs, t=t + st, findings=_found(heart, "left bundle branch block"))


def _right_bundle_block(heart: Heart, random: np.random.Generator) -> Heart:
    end = _varied(_RIGHT_BUNDLE_END, random, 0.2)
    t = tuple(
        replace(w, delay_s=w.delay_s + 0.03, vector_mv=(*w.vector_mv[:2], -0.5 * w.vector_mv[2]))
        for w in heart.t
    )
    words = _found(heart, "right bundle branch block")
    return replace(heart, qrs=(*heart.qrs[:2], end), t=t, findings=words)


def _st_shift(heart: Heart, random: np.random.Generator) -> Heart:
    """Shift ST toward a wall that is hurt, or away from it."""
    wall = _pick(random, ((0.1, 0.2, 1.0), (0.1, 1.0, -0.3), (1.0, -0.1, 0.1)))
    shift_mv = float(random.uniform(0.06, 0.25)) * _pick(random, (1.0, -0.6))
    # A plateau from the J point to T, of three bells side by side.
    plateau = tuple(
        Wave(delay, 0.035, _vector(np.array(wall) * shift_mv * 0.75), 0.04)
        for delay in (0.08, 0.14, 0.20)
    )
    words = _found(heart, "ST elevation" if shift_mv > 0 else "ST depression")
    return replace(heart, t=heart.t + plateau, findings=words)


def _t_inversion(heart: Heart, random: np.random.Generator) -> Heart:
    factor = -float(random.uniform(0.4, 1.2))
    return replace(heart, t=_scaled(heart.t, factor), findings=_found(heart, "T inversion"))


def _fibrillation(heart: Heart, random: np.random.Generator) -> Heart:
    rhythm = replace(
        heart.rhythm,
        kind="fibrillation",
        rate_bpm=float(random.uniform(55, 150)),
        variability=float(random.uniform(0.14, 0.28)),
    )
    words = _found(heart, "atrial fibrillation")
    atria_mv = float(random.uniform(0.015, 0.08))
    return replace(heart, rhythm=rhythm, atria_mv=atria_mv, findings=words)


def _flutter(heart: Heart, random: np.random.Generator) -> Heart:
    flutter_s = 60 / float(random.uniform(240, 330))
    ratios = _pick(random, ((2,), (3,), (4,), (2, 4), (2, 3, 4)), (0.4, 0.1, 0.2, 0.15, 0.15))
    rhythm = replace(heart.rhythm, kind="flutter", flutter_s=flutter_s, flutter_ratios=ratios)
    words = _found(heart, "atrial flutter")
    atria_mv = float(random.uniform(0.12, 0.3))
    return replace(heart, rhythm=rhythm, atria_mv=atria_mv, findings=words)


def _av_block(heart: Heart, random: np.random.Generator) -> Heart:
    degree = _pick(random, (1, 2, 3), (0.5, 0.25, 0.25))
    rhythm = replace(heart.rhythm, av_block=degree)
    if degree == 1:
        rhythm = replace(rhythm, pr_s=float(random.uniform(0.21, 0.34)))
    return replace(heart, rhythm=rhythm, findings=_found(heart, f"AV block, degree {degree}"))


def _extra_beats(heart: Heart, random: np.random.Generator) -> Heart:
    kind: Literal["atrial", "ventricular"] = _pick(random, ("atrial", "ventricular"), (0.4, 0.6))
    share = float(random.uniform(0.06, 0.3))
    rhythm = replace(heart.rhythm, extra=kind, extra_share=share)
    return replace(heart, rhythm=rhythm, findings=_found(heart, f"{kind} extra beats"))


def _pacemaker(heart: Heart, random: np.random.Generator) -> Heart:
    paced = _left_bundle_block(heart, random)
    down = tuple(_turned(wave, -100) for wave in paced.qrs)
    rhythm = replace(heart.rhythm, rate_bpm=float(random.uniform(60, 80)), variability=0.002)
    words = _found(heart, "paced")
    return replace(paced, qrs=down, rhythm=rhythm, paced=True, findings=words)


def _low_voltage(heart: Heart, random: np.random.Generator) -> Heart:
    factor = float(random.uniform(0.25, 0.45))
    words = _found(heart, "low voltage")
    return replace(
        heart, qrs=_scaled(heart.qrs, factor), t=_scaled(heart.t, factor), findings=words
    )


def _hypertrophy(heart: Heart, random: np.random.Generator) -> Heart:
    factor = float(random.uniform(1.4, 2.2))
    strained = _scaled(heart.t, float(random.uniform(-0.9, 0.6)))
    words = _found(heart, "high voltage")
    return replace(heart, qrs=_scaled(heart.qrs, factor), t=strained, findings=words)


def _axis_deviation(heart: Heart, random: np.random.Generator) -> Heart:
    degrees = _pick(random, (-80.0, 75.0)) * float(random.uniform(0.8, 1.2))
    qrs = tuple(_turned(wave, degrees) for wave in heart.qrs)
    return replace(heart, qrs=qrs, findings=_found(heart, "axis deviation"))


def _racing(heart: Heart, random: np.random.Generator) -> Heart:
    rate = _pick(random, (float(random.uniform(115, 170)), float(random.uniform(35, 50))))
    rhythm = replace(heart.rhythm, rate_bpm=rate, pr_s=min(heart.rhythm.pr_s, 20 / rate))
    words = _found(heart, "tachycardia" if rate > 100 else "bradycardia")
    return replace(heart, rhythm=rhythm, findings=words)


def _restless(heart: Heart, random: np.random.Generator) -> Heart:
    noise = replace(
        heart.noise,
        wander_mv=float(random.uniform(0.1, 0.25)),
        muscle_mv=float(random.uniform(0.02, 0.06)),
    )
    return replace(heart, noise=noise, findings=_found(heart, "restless patient"))


_FINDINGS: tuple[
    tuple[Callable[[Heart, np.random.Generator], Heart], tuple[str, ...], float], ...
] = (
    (_left_bundle_block, ("ventricles",), 0.08),
    (_right_bundle_block, ("ventricles",), 0.10),
    (_pacemaker, ("ventricles", "rhythm"), 0.04),
    (_st_shift, ("recovery",), 0.12),
    (_t_inversion, ("recovery",), 0.08),
    (_fibrillation, ("rhythm",), 0.12),
    (_flutter, ("rhythm",), 0.04),
    (_av_block, ("rhythm",), 0.06),
    (_racing, ("rhythm",), 0.04),
    (_extra_beats, ("extra beats",), 0.12),
    (_low_voltage, ("voltage",), 0.05),
    (_hypertrophy, ("voltage",), 0.07),
    (_axis_deviation, ("axis",), 0.05),
    (_restless, ("noise",), 0.03),
)
"""What each finding does, what it changes (two never change the same), how common it is."""
