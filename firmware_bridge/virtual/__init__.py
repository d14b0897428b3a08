"""The bar that is not there: lift motion, sensor model, GATT peripheral, and the air to the client."""

from firmware_bridge.virtual.imu import IMUS, ImuModel, LossModel, imu
from firmware_bridge.virtual.lifts import Lift, lift, lifts
from firmware_bridge.virtual.parts import (
    Carry,
    Handling,
    Hold,
    Part,
    PickUp,
    PlateLoading,
    ReRack,
    Rest,
    SetDown,
    Unrack,
    WalkOut,
)
from firmware_bridge.virtual.scenarios import SCENARIOS, Scenario
from firmware_bridge.virtual.sets import SetPlan, StickingRegion, VelocityTrace
from firmware_bridge.virtual.simulate import Session, Simulation, simple_set, simulate, surround
from firmware_bridge.virtual.stage import Event
from firmware_bridge.virtual.truth import TruthRep, TruthSamples

__all__ = [
    "IMUS",
    "SCENARIOS",
    "Carry",
    "Event",
    "Handling",
    "Hold",
    "ImuModel",
    "Lift",
    "LossModel",
    "Part",
    "PickUp",
    "PlateLoading",
    "ReRack",
    "Rest",
    "Scenario",
    "Session",
    "SetDown",
    "SetPlan",
    "Simulation",
    "StickingRegion",
    "TruthRep",
    "TruthSamples",
    "Unrack",
    "VelocityTrace",
    "WalkOut",
    "imu",
    "lift",
    "lifts",
    "simple_set",
    "simulate",
    "surround",
]
