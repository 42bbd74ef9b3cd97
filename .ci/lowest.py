"""Prints the lowest releases that pyproject allows of what the package needs."""

import re
import tomllib
from pathlib import Path

pyproject = Path(__file__).parents[1] / "pyproject.toml"
project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
for need in project["dependencies"]:
    found = re.match(r"([\w-]+)>=([\d.]+)", need)
    if found is None:
        message = f"{need} has no lower bound"
        raise SystemExit(message)
    print("{}=={}".format(*found.groups()))
