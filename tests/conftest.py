"""Settings for every test."""

from hypothesis import HealthCheck, settings

# A busy machine is no defect: pytest's timeout alone judges what an example costs. Built on the settings that
# hypothesis chooses by itself, so that a CI run stays reproducible.
settings.register_profile(
    "any-load", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-load")
