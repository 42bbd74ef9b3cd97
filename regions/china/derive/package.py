"""Write datapackage.json, the Frictionless descriptor of the pack (needs siting)."""

from pathlib import Path

from siting.tables.datapackage import PACKAGE_FILE, describe_folder

PACK = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    text = describe_folder(PACK)
    (PACK / PACKAGE_FILE).write_text(text, encoding="utf-8", newline="\n")
