"""The error of a definition that Senza cannot process."""

# The name that the agent gives the file.
FILE = "definition.yaml"


def definition_error(reason: str) -> Exception:
    """Senza's own error for invalid definitions: its handler prints it as one sentence."""
    from senza.exceptions import InvalidDefinition

    return InvalidDefinition(path=FILE, reason=reason)
