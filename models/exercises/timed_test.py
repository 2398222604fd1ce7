"""Standard tests of function that an exercise can be done as, with their norms by age."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.exercises.table import Table

Sex = Literal["female", "male", "any"]


class AgeNorm(Table):
    """The value of one age group, years inclusive.

    ``value`` is repetitions or seconds, as the test's ``result`` says.
    """

    sex: Sex
    age_from: Annotated[int, Field(ge=0, le=130)]
    age_to: Annotated[int, Field(ge=0, le=130)]
    value: Annotated[float, Field(gt=0, le=1000)]

    @model_validator(mode="after")
    def _ages_in_order(self) -> Self:
        if self.age_to < self.age_from:
            raise ValueError("age_to is below age_from")
        return self


class TimedTest(Table):
    """A test: how long it lasts at most, what its result is, and what is normal.

    ``meaning`` says how to read a norm, such as "below average when under this".
    """

    duration_s: Annotated[float, Field(gt=0, le=600)]
    result: Literal["repetitions", "longest_hold_s"]
    meaning: str
    source: str
    norms: Annotated[tuple[AgeNorm, ...], Field(min_length=1)]

    def norm_for(self, age: int, sex: Literal["female", "male"]) -> AgeNorm | None:
        """The norm of that age and sex; ``None`` where the source has none."""
        for norm in self.norms:
            if norm.age_from <= age <= norm.age_to and norm.sex in (sex, "any"):
                return norm
        return None
