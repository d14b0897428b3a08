"""What has been published of bar velocity devices: figures as the papers' abstracts give them, looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["IMU", "phone or watch", "string", "accelerometer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One published figure.

    Attributes
    ----------
    quantity
        What was measured, by the key of :data:`benchmarks.comparison.QUANTITIES`; ``"reps"`` for counting.
    device, kind
        The device, and how it measures.
    against
        What it was held against, and in which lift.
    figure
        Error as the paper states it. SEE: standard error of the estimate; LoA: 95 % limits of agreement; SDC:
        smallest detectable change.
    study, doi
        Author and year, and the DOI where one was looked up.
    """

    quantity: str
    device: str
    kind: Kind
    against: str
    figure: str
    study: str
    doi: str = ""


_HELD = {"study": "Held et al. 2021", "doi": "10.3390/ijerph18179170"}
_FRITSCHI = {"study": "Fritschi et al. 2021", "doi": "10.3390/sports9090123"}
_ACHERMANN = {"study": "Achermann et al. 2023", "doi": "10.3390/sports11070125"}
_COUREL = {"study": "Courel-Ibáñez et al. 2019, Ann Biomed Eng"}

PUBLISHED = (
    Published(
        quantity="mcv_mps",
        device="Vmaxpro",
        kind="IMU",
        against="string encoder, squat",
        figure="bias 0.01 ± 0.04 m/s, LoA below 0.12 m/s",
        **_HELD,
    ),
    Published(
        quantity="mcv_mps",
        device="Vmaxpro",
        kind="IMU",
        against="optical capture, deep squat",
        figure="bias 0.06 ± 0.08 m/s",
        study="Feuerbacher et al. 2022",
        doi="10.1519/JSC.0000000000004207",
    ),
    Published(
        quantity="mcv_mps",
        device="Enode Pro",
        kind="IMU",
        against="optical capture, squat",
        figure="SEE 0.059 m/s",
        **_ACHERMANN,
    ),
    Published(
        quantity="mcv_mps",
        device="Apple Watch on the bar",
        kind="phone or watch",
        against="optical capture, squat",
        figure="SEE 0.049 m/s",
        **_ACHERMANN,
    ),
    Published(
        quantity="mcv_mps",
        device="Vmaxpro",
        kind="IMU",
        against="mean and peak velocity, several lifts",
        figure="SEE 0.02 to 0.13 m/s",
        **_FRITSCHI,
    ),
    Published(
        quantity="mcv_mps",
        device="GymAware",
        kind="string",
        against="mean and peak velocity, several lifts",
        figure="SEE 0.01 to 0.08 m/s",
        **_FRITSCHI,
    ),
    Published(
        quantity="mcv_mps",
        device="GymAware",
        kind="string",
        against="optical capture, squat and power clean",
        figure="LoA -0.03 to 0.03 m/s",
        study="Thompson et al. 2020",
        doi="10.3390/sports8070094",
    ),
    Published(
        quantity="mcv_mps",
        device="linear velocity transducers",
        kind="string",
        against="each other, bench press, squat, bench pull",
        figure="SDC 0.02 to 0.06 m/s",
        **_COUREL,
    ),
    Published(
        quantity="mcv_mps",
        device="one accelerometer",
        kind="accelerometer",
        against="the same",
        figure="SDC above 0.13 m/s",
        **_COUREL,
    ),
    Published(
        quantity="pcv_mps",
        device="Apple Watch on the bar",
        kind="phone or watch",
        against="optical capture, squat",
        figure="SEE 0.092 m/s",
        **_ACHERMANN,
    ),
    Published(
        quantity="mev_mps",
        device="one IMU",
        kind="IMU",
        against="optical capture, squat; six velocity variables",
        figure="r 0.78 to 0.95",
        study="Abbott et al. 2020",
        doi="10.3390/sports8070093",
    ),
    Published(
        quantity="rom_m",
        device="Vmaxpro",
        kind="IMU",
        against="string encoder, squat and hip thrust",
        figure="bias 3.4 ± 3.4 and 0.3 ± 3.3 cm, LoA 7.8 to 10.7 cm",
        **_HELD,
    ),
    Published(
        quantity="tut_s",
        device="phone on a weight stack",
        kind="phone or watch",
        against="video, two machines, 1 to 8 s a rep",
        figure="LoA -0.21 to 0.22 s",
        study="Viecelli et al. 2021",
        doi="10.1371/journal.pone.0254164",
    ),
    Published(
        quantity="reps",
        device="phone on a weight stack",
        kind="phone or watch",
        against="video, nine machines, own pace",
        figure="0.16 % wrong",
        study="Viecelli et al. 2020",
        doi="10.1371/journal.pone.0235156",
    ),
    Published(
        quantity="reps",
        device="phone on a weight stack",
        kind="phone or watch",
        against="video, two machines, 1 to 8 s a rep",
        figure="1.9 % wrong",
        study="Viecelli et al. 2021",
        doi="10.1371/journal.pone.0254164",
    ),
)
"""Every figure that our own are held beside."""
