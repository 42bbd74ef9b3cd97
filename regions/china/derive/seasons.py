"""Time-of-use multipliers by half-hour, and the typical days that respect them."""

import calendar
from dataclasses import dataclass

import numpy as np
import pandas as pd
from common import Sources, facts, value

HUB_AREAS = [
    "北京",
    "冀北",
    "蒙西",
    "宁夏",
    "甘肃",
    "广东",
    "贵州",
    "四川",
    "重庆",
    "安徽",
    "上海",
    "江苏",
    "浙江",
]
NOMINAL_YEAR = 2025
SLOTS = 48


@dataclass(frozen=True)
class Season:
    name: str
    months: tuple[int, ...]

    @property
    def days(self) -> int:
        return sum(calendar.monthrange(NOMINAL_YEAR, month)[1] for month in self.months)


def multipliers() -> dict[str, np.ndarray]:
    """Multiplier of the floating part by area: months x half-hours.

    Areas whose notice gives windows but no multipliers take, window by window, the
    median of the areas whose multipliers were read.
    """
    windows = facts("tou_windows")
    factor = pd.to_numeric(windows["multiplier_vs_flat"], errors="coerce")
    read = factor[windows["multiplier_confidence"] == "high"]
    median = read.groupby(windows["period"]).median()
    windows["factor"] = factor.fillna(windows["period"].map(median))
    tables = {}
    for area, rows in windows.groupby("area_zh", sort=False):
        table = np.full((12, SLOTS), np.nan)
        for row in rows.itertuples():
            first, last = float(row.start_hour) * 2, float(row.end_hour) * 2
            for month in str(row.months).split(","):
                table[int(month) - 1, int(first) : int(last)] = row.factor
        if np.isnan(table).any():
            message = f"windows of {area} leave gaps"
            raise ValueError(message)
        tables[str(area)] = table
    return tables


def find_seasons(tables: dict[str, np.ndarray]) -> list[Season]:
    """Group the months: first those with the same table everywhere, then close ones."""
    stack = np.stack([tables[area] for area in HUB_AREAS], axis=1)  # month, area, slot
    groups: list[list[int]] = []
    for month in range(12):
        for group in groups:
            if np.array_equal(stack[group[0]], stack[month]):
                group.append(month)
                break
        else:
            groups.append([month])
    while True:
        means = [stack[group].mean(axis=0) for group in groups]
        pairs = [
            (float(np.abs(means[i] - means[j]).mean()), i, j)
            for i in range(len(groups))
            for j in range(i + 1, len(groups))
        ]
        distance, i, j = min(pairs)
        if distance > value("season_tolerance"):
            break
        groups[i] += groups.pop(j)
    names = value("season_names")
    seasons = []
    for group in sorted(groups, key=min):
        months = tuple(sorted(month + 1 for month in group))
        seasons.append(Season(names[";".join(map(str, months))], months))
    return seasons


def hourly(table: np.ndarray, season: Season) -> np.ndarray:
    """Mean multiplier of each hour of the season's typical day (weights: days)."""
    months = [month - 1 for month in season.months]
    weights = [calendar.monthrange(NOMINAL_YEAR, month)[1] for month in season.months]
    slots = np.average(table[months], axis=0, weights=weights)
    return slots.reshape(24, 2).mean(axis=1)


def period_table(seasons: list[Season]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "id": f"{season.name}-h{hour:02d}",
                "hours": season.days,
                "day": season.name,
                "hour": hour,
                "season": season.name,
                "months": ";".join(map(str, season.months)),
            }
            for season in seasons
            for hour in range(24)
        ]
    )


def profile_table(periods: pd.DataFrame) -> pd.DataFrame:
    """The inference day, stretched to mean 1 and to the stated peak."""
    raw = np.array(value("inference_day"))
    stretch = (value("inference_peak") - 1) / (raw.max() - raw.mean())
    shape = (1 + stretch * (raw - raw.mean())).round(4)
    shape[12] += 24 - shape.sum()
    return pd.DataFrame(
        {
            "profile": "inference",
            "period": periods["id"],
            "factor": shape.round(4)[periods["hour"]],
        }
    )


def register(sources: Sources) -> None:
    sources.add(
        "periods",
        "*",
        "calendar of 2025; months grouped by the time-of-use notices of the hub areas",
        "A",
        unit="h",
        year=NOMINAL_YEAR,
        note="clock UTC+8; February and November joined to spring and autumn",
    )
    sources.assumed("profiles", "factor", "inference_peak", value="")
