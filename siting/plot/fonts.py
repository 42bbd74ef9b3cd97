"""Fonts: which are there, which characters they have."""

from functools import cache
from pathlib import Path

LATIN = "DejaVu Sans"
CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Heiti SC",
    "STHeiti",
    "SimHei",
    "Noto Sans CJK JP",
    "Noto Sans CJK TC",
    "Noto Serif CJK SC",
    "SimSun",
    "Songti SC",
    "AR PL UMing CN",
    "Arial Unicode MS",
    "Droid Sans Fallback",
)
FILES = (
    "notosanscjk",
    "notosanssc",
    "sourcehansans",
    "pingfang",
    "msyh",
    "hiragino sans gb",
    "wqy",
    "stheiti",
    "simhei",
    "droidsansfallback",
)
PROBE = "东数西算枢纽负荷"


@cache
def chinese_family() -> str:
    """Return the name of an installed font with Chinese characters, or ""."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    def known() -> str:
        names = {entry.name for entry in fontManager.ttflist}
        found = (name for name in CHINESE if name in names and _has(name, PROBE))
        return next(found, "")

    if known():
        return known()
    # The list of fonts is made once; a font installed since is not in it.
    for file in findSystemFonts():
        if Path(file).name.lower().startswith(FILES):
            fontManager.addfont(file)
    return known()


@cache
def characters(family: str) -> frozenset[int]:
    """Return the code points that a font has."""
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    path = findfont(family, fallback_to_default=True)
    return frozenset(FT2Font(path).get_charmap())


def _has(family: str, text: str) -> bool:
    return {ord(character) for character in text} <= characters(family)
