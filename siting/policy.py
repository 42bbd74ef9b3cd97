"""Checks that a policy names hubs, sides, classes and workloads that exist."""

from siting.errors import suggestion
from siting.settings import GreenLimit, PlacementLimit, Policy, key_of
from siting.tables.toml import Keys
from siting.tables.world import World
from siting.words import word

_WHERE = {
    "hub": ("hubs", "id", "hubs"),
    "side": ("hubs", "side", "sides of hubs"),
    "province": ("hubs", "province", "provinces of hubs"),
    "workload_class": ("workloads", "class", "classes"),
    "origin": ("workloads", "origin", "origins of workloads"),
    "workload": ("workloads", "id", "workloads"),
}


def check_policy(policy: Policy, keys: Keys, world: World) -> None:
    """Report every name in a policy that is not in the tables.

    Parameters
    ----------
    policy
        The policy as read.
    keys
        Where it was read.
    world
        Completed tables and what was found so far.
    """
    for hub in policy.closed_hubs:
        _known(hub, "hub", "closed_hubs", keys.line("closed_hubs"), keys, world)
    lists: dict[str, tuple[PlacementLimit | GreenLimit, ...]] = {
        "placement_min": policy.placement_min,
        "placement_max": policy.placement_max,
        "green_min": policy.green_min,
    }
    for section, limits in lists.items():
        for number, limit in enumerate(limits):
            for attribute in _WHERE:
                given = getattr(limit, attribute, "")
                if given:
                    key = key_of(attribute)
                    column = f"{section}[{number}].{key}"
                    line = keys.line(key, section, number)
                    _known(given, attribute, column, line, keys, world)
    settled = world.frames["current"]
    for key in ("move_cny_per_mw", "churn_max_share"):
        if keys.values.get(key) is not None and keys.values.get(key) and settled.empty:
            message = word("'{key}' has no effect without the table current", key=key)
            remedy = "Add the table, or take the key away."
            world.findings.warn(keys.file, message, remedy, column=key)
    for number, reserved in enumerate(policy.reserved_min):
        if reserved.hub:
            column = f"reserved_min[{number}].hub"
            line = keys.line("hub", "reserved_min", number)
            _known(reserved.hub, "hub", column, line, keys, world)


def _known(
    given: str,
    attribute: str,
    column: str,
    line: int | None,
    keys: Keys,
    world: World,
) -> None:
    table, field, what = _WHERE[attribute]
    known = world.known(table, field)
    if known is not None and given not in known:
        key = key_of(attribute)
        message = word("unknown {what} '{given}'", what=word(key), given=given)
        remedy = suggestion(given, known, what)
        world.findings.add(keys.file, message, remedy, row=line, column=column)
