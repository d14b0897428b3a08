"""Sets as the day's list and a set's own screen show them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from firmware_bridge.recording import Manifest
from imu_tempo.live.web.hub import Json
from imu_tempo.live.web.rep_view import figure, reps_json, set_json
from imu_tempo.live.web.setup import targets
from imu_tempo.live.web.shelf import Opened
from imu_tempo.metrics.scoring import Tolerance
from imu_tempo.report.view import SetView, exercise_title, rejected, set_views
from imu_tempo.report.words import reason_words, sentences, tiles
from imu_tempo.schema import SetRow

TRACE_POINTS = 600
"""Points of a set's height that a screen can show."""


def day_sets(opened: Opened) -> list[Json]:
    """Return the sets of a recording for the day's list."""
    manifest = Manifest.read(opened.folder)
    return [
        {
            **set_json(row),
            "recording": opened.key,
            "title": exercise_title(row.exercise),
            "at": _at(manifest, row.end_s),
            "edits": len(opened.edits.active),
            "no": row.set_no,
        }
        for row, _ in opened.sets()
    ]


def recording_json(opened: Opened) -> Json:
    """Return a recording with all that is known of its sets, for the screen that shows one."""
    manifest = Manifest.read(opened.folder)
    context = opened.lifting.arguments()["context"]
    tolerance = context.tolerance or Tolerance()
    views = set_views(opened.result)
    return {
        "recording": opened.key,
        "started": manifest.started,
        "simulated": manifest.simulated,
        "sensor": manifest.sensor.name or manifest.sensor.model or manifest.sensor.driver,
        "edits": [str(edit) for edit in opened.edits.edits],
        "sets": [_set(opened, manifest, view, tolerance) for view in views],
        "rejected": [
            {"start_s": figure(r.start_s, 1), "end_s": figure(r.end_s, 1), "reason": reason_words(r.reason)}
            for r in rejected(opened.result)
        ],
    }


def _set(opened: Opened, manifest: Manifest, view: SetView, tolerance: Tolerance) -> Json:
    row = view.summary
    context = opened.lifting.arguments()["context"]
    limit = context.stop.velocity_loss_pct if context.stop else None
    reps = reps_json(view.reps, view.prescription, tolerance)
    best = max((r["mcv"] for r in reps if r["mcv"] is not None and r["loss_pct"] is not None), default=None)
    return {
        **set_json(row),
        "title": exercise_title(row.exercise),
        "at": _at(manifest, row.end_s),
        "targets": targets(view.prescription, tolerance),
        "reps_list": reps,
        "best_mps": best,
        "limit_pct": limit,
        "limit_mps": round(best * (1 - limit / 100), 3) if best and limit and row.vl_valid else None,
        "tiles": [{"label": t.label, "value": t.value, "note": t.note} for t in tiles(view)],
        "sentences": sentences(view),
        "phases": _phases(view),
        "fatigue": [
            {"title": f.title, "sentence": f.sentence, "evidence": f.evidence}
            for f in view.fatigue
            if f.valid and f.sentence
        ],
        "dose": _dose(view, row),
        "trace": _trace(view),
    }


def _phases(view: SetView) -> list[Json]:
    """Return how each phase kept to its target."""
    if view.score is None:
        return []
    return [
        {
            "phase": phase,
            "inside": tally.inside,
            "scored": tally.scored,
            "error_s": figure(tally.error_s, 2),
        }
        for phase, tally in view.score.by_phase.items()
    ]


def _dose(view: SetView, row: SetRow) -> Json:
    work = [e.ecc_work_j for e in view.eccentric if math.isfinite(e.ecc_work_j)]
    impulse = [e.ecc_impulse_ns for e in view.eccentric if math.isfinite(e.ecc_impulse_ns)]
    return {
        "exposure_kgs": figure(row.tut_ecc_s * row.load_kg, 0),
        "work_j": figure(math.fsum(work), 0) if work else None,
        "impulse_ns": figure(math.fsum(impulse), 0) if impulse else None,
    }


def _trace(view: SetView) -> Json:
    """Return the set's height and velocity, thinned to what a screen can show."""
    known = view.samples.dropna(subset=["pos_up_m", "vel_up_mps"])
    step = max(1, math.ceil(len(known) / TRACE_POINTS))
    thin = known.iloc[::step]
    return {
        "t_s": thin["t_s"].round(2).tolist(),
        "pos_m": thin["pos_up_m"].round(3).tolist(),
        "vel_mps": thin["vel_up_mps"].round(3).tolist(),
    }


def _at(manifest: Manifest, t_s: float) -> str:
    """Return the local time of a moment of a recording, to the second."""
    contents = manifest.contents
    started = datetime.fromisoformat(manifest.started)
    if contents is not None and contents.host_slope is not None and contents.host_offset_s is not None:
        host_s = contents.host_slope * t_s + contents.host_offset_s
        return _stamp(started + timedelta(seconds=host_s - manifest.started_host_ns / 1e9))
    return _stamp(started + timedelta(seconds=t_s))


def _stamp(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
