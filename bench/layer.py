"""The built layers' sizes."""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path

from bench.table import NotMeasurableError, Row, at_most

BUDGETS_ZIPPED = {"CommonLayer": 25_000_000, "AgentLayer": 12_000_000}
_SHOWN = {"CommonLayer": "layer", "AgentLayer": "agent layer"}
SHOWN_PACKAGES = 6


def measure(build: Path) -> Iterator[Row]:
    """Yield each layer's size zipped and unzipped, and its largest packages."""
    for name in BUDGETS_ZIPPED:
        yield from _rows(build / name / "python", _SHOWN[name], BUDGETS_ZIPPED[name])


def _rows(site: Path, shown: str, budget: int) -> Iterator[Row]:
    if not site.is_dir():
        raise NotMeasurableError("the layer is not built: run make build")
    unzipped, zipped = _sizes(site)
    yield at_most(f"{shown}: zipped", zipped.total(), budget, _megabytes)
    yield Row(f"{shown}: unzipped", _megabytes(unzipped.total()))
    for package, size in zipped.most_common(SHOWN_PACKAGES):
        yield Row(
            f"{shown}: {package}, zipped (unzipped)", f"{_megabytes(size)} ({_megabytes(unzipped[package])})"
        )
    missing = sum(not Path(cache_from_source(str(source))).is_file() for source in site.rglob("*.py"))
    yield at_most(f"{shown}: modules without .pyc", missing, 0, "{:.0f}".format)


def _sizes(site: Path) -> tuple[Counter[str], Counter[str]]:
    """Return the bytes of each package, as files and as entries of one zip archive."""
    unzipped, zipped = Counter[str](), Counter[str]()
    with zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in filter(Path.is_file, site.rglob("*")):
            package = path.relative_to(site).parts[0]
            archive.write(path, path.relative_to(site.parent))
            entry = archive.infolist()[-1]
            unzipped[package] += entry.file_size
            zipped[package] += entry.compress_size
    return unzipped, zipped


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.1f} MB"
