"""The ``basis`` command."""
