"""A body of multipart/form-data (RFC 7578), of which no file is kept."""

from typing import TYPE_CHECKING

from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


def pairs_of(content_type: str, body: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the fields in order with their values, and the names of the files that are not empty.

    Raises
    ------
    ValueError
        When the body is not what its type says, or a text of it is not UTF-8.
    """
    _, options = parse_options_header(content_type)
    if not options.get(b"boundary"):
        raise ValueError("no boundary")
    parts = _Parts()
    MultipartParser(options[b"boundary"], parts.callbacks()).write(body)
    if not parts.are_whole:
        raise ValueError("the last boundary is missing")
    return parts.texts, parts.files


class _Parts:
    """Gathers what a parser tells of."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        self.files: list[str] = []
        self.are_whole = False
        self._begin()

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._add_to_name,
            "on_header_value": self._add_to_value,
            "on_header_end": self._end_header,
            "on_part_data": self._add_to_content,
            "on_part_end": self._end,
            "on_end": self._end_all,
        }

    def _begin(self) -> None:
        self._name, self._value, self._disposition, self._content = b"", b"", b"", b""

    def _add_to_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name, self._value = b"", b""

    def _add_to_content(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def _end(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode()
        if b"filename" not in options:
            self.texts.append((name, self._content.decode()))
        elif self._content:
            self.files.append(name)

    def _end_all(self) -> None:
        self.are_whole = True
