"""The five errors by which an act is refused, as codes and parameters; any other exception is a bug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One problem of a field: a dotted code and the parameters of its message."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class DepterError(Exception):
    """A refusal: `code` (`room.noun.problem`), the clause it rests on, the remedy it offers.

    `remedy` is the name of what helps (a start of a case on the menu, or `reload`, `sign_in`); entrances turn
    it into a button. `params` are JSON scalars, dates or moments used by the message.
    """

    status: ClassVar[int] = 500

    def __init__(
        self, code: str, *, clause: str | None = None, remedy: str | None = None, **params: Any
    ) -> None:
        super().__init__(code)
        self.code = code
        self.clause = clause
        self.remedy = remedy
        self.params = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code}({details})" if details else self.code


class Invalid(DepterError):
    """422: the input cannot be read. `fields` maps a field's key to its problems; nothing was opened."""

    status = 422

    def __init__(self, fields: Mapping[str, list[FieldProblem]], code: str = "kernel.input.invalid") -> None:
        super().__init__(code)
        self.fields = dict(fields)

    @classmethod
    def field(cls, key: str, code: str, **params: Any) -> Invalid:
        """Return the error of one problem with one field."""
        return cls({key: [FieldProblem(code, params)]})

    def __str__(self) -> str:
        return f"{self.code}: " + "; ".join(
            f"{key}: {', '.join(problem.code for problem in problems)}"
            for key, problems in self.fields.items()
        )


class Denied(DepterError):
    """403: the person may see the thing but may not do this to it."""

    status = 403


class Missing(DepterError):
    """404: it does not exist, or the person may not know that it does.

    Carries no details that would reveal it.
    """

    status = 404

    def __init__(self) -> None:
        super().__init__("kernel.object.missing")


class Stale(DepterError):
    """409: somebody changed it meanwhile. `current` is its present state, where the person may see it."""

    status = 409

    def __init__(self, code: str, *, current: Mapping[str, Any] | None = None, **params: Any) -> None:
        super().__init__(code, remedy="reload", **params)
        self.current = dict(current or {})


class Refused(DepterError):
    """409: a rule of the regulation forbids it; `clause` is its number."""

    status = 409
