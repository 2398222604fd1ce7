"""Reference motions: an exercise's joint angles over one repetition, as data."""

from pydantic import BaseModel, ConfigDict


class ReferenceMotion(BaseModel):
    """How a body moves in one repetition of an exercise."""

    model_config = ConfigDict(extra="forbid", frozen=True)
