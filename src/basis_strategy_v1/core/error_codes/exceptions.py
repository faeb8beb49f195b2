"""The one exception the system raises on purpose."""

from __future__ import annotations


class ComponentError(Exception):
    """An error with a registered code.

    Args:
        error_code: a code of the registry, such as ``EXI-006``.
        message: what was wrong and where, in one line, without secrets.
        component: the component that raised it, such as ``ExecutionInterfaceManager``.
        severity: ``CRITICAL``, ``HIGH``, ``MEDIUM`` or ``LOW``; taken from the registry when omitted.
        original_exception: what caused it, if something did.
        remedy: how to mend it; the registry's resolution when omitted.
    """

    def __init__(
        self,
        error_code: str,
        message: str,
        component: str = "",
        severity: str | None = None,
        original_exception: BaseException | None = None,
        *,
        remedy: str | None = None,
    ) -> None:
        from basis_strategy_v1.core.error_codes.error_code_registry import entry_for

        entry = entry_for(error_code)
        self.error_code = error_code
        self.message = message
        self.component = component or entry.component
        self.severity = severity or entry.severity
        self.original_exception = original_exception
        self.remedy = remedy or entry.resolution
        super().__init__(error_code, message)

    def __str__(self) -> str:
        return f"{self.error_code}: {self.message}"

    @property
    def line(self) -> str:
        """The single line shown to a person: code, what and where, how to mend it."""
        return f"{self.error_code}: {self.message.rstrip('.')}. {self.remedy}".replace("\n", " ")
