"""What the parts of every message are made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10_000)]
Percentage = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class Part(BaseModel):
    """Base of a payload's parts: immutable, tolerant of fields it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True)
