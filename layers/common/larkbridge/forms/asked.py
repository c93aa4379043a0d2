"""How a page asks a parent for something, in both languages."""

from typing import NamedTuple


class Asked(NamedTuple):
    """Marks a field with what stands above it, in Vietnamese and in English, and with how it is filled in.

    Parameters
    ----------
    vi_help, en_help
        A sentence between the label and the field; `{example}` is the example of the field's `Note`.
    autocomplete
        What a browser may fill in by itself, which is the parent's own. Else empty and not `off`: from fields
        that are `off` a browser drops what was typed when somebody goes back, or comes back to a tab.
    """

    vi: str
    en: str
    vi_help: str = ""
    en_help: str = ""
    autocomplete: str = ""

    def label(self, language: str) -> str:
        """Return the label."""
        return self.en if language == "en" else self.vi

    def help(self, language: str) -> str:
        """Return the sentence below the label, empty where none is needed."""
        return self.en_help if language == "en" else self.vi_help
