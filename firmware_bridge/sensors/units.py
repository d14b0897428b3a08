"""Units that sensors speak, in those of the toolkit."""

from __future__ import annotations

from firmware_bridge.profile.wire import STANDARD_GRAVITY_MPS2

G_MPS2 = STANDARD_GRAVITY_MPS2
"""What sensors mean by g, whatever gravity is on the spot."""
