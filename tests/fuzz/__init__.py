"""Hostile input: whatever bytes come in, the toolkit refuses them in one sentence or makes sense of them.

A :class:`~tests.fuzz.harness.Target` is one place where bytes from outside come in. To add one, write
``targets_<part>.py`` with a tuple ``TARGETS`` and ``test_<part>.py`` that runs them::

    TARGETS = (Target("tempo", feed=parse, refusals=(TempoError,), samples=lambda: [b"30X1"], text=True),)

    test_hostile_input = short_runs(TARGETS)  # in test_<part>.py

``feed`` takes the bytes and does with them what the program would; it asserts what must hold of what comes
out (samples that are finite, files that did not change). It may raise one of ``refusals``, with a message
that is one printable sentence; everything else that it raises is a finding, a warning too, and so is more
than the target's seconds of processor time or more than its memory.

Short, in every run of the tests: each case that was found before, the samples, and damaged samples, the same
at each run.

Long, by hand::

    python -m tests.fuzz --list
    python -m tests.fuzz profile-data polar --minutes 5

guided by coverage where atheris is installed (``pip install -e '.[fuzz]'``), with plain mutations where not
(``--plain``). It prints inputs, inputs a second, coverage and findings; each finding is made small and
written to ``tests/fuzz/found/<target>/``. Mend the code, and commit both. What the long run learns of a
target's format stays in ``.fuzz/<target>/`` and is where the next long run begins.
"""
