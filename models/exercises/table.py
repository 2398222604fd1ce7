"""What the tables of an exercise file have in common."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

TextId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Table(BaseModel):
    """A table of a TOML file: immutable, and a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Itself: it never changes, and what refers to it is copied often."""
        return self
