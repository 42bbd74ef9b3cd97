"""The versions a plan was made with."""

import platform
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = (
    "pulp",
    "highspy",
    "numpy",
    "pandas",
    "geopandas",
    "networkx",
    "pyarrow",
)


def versions() -> dict[str, str]:
    """Return the versions of siting, Python and the libraries a result rests on.

    Returns
    -------
    dict
        Name to version; a library that is not installed is left out.
    """
    from siting import __version__

    found = {"siting": __version__, "python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
