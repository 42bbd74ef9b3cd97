"""What inputs and limits are, and what each of them is about, in words."""

import re
from typing import TYPE_CHECKING

from siting.names import Names
from siting.scopes import about
from siting.summary import numbered_words
from siting.wording import few
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

RECORDS = ("settings", "policy")

INPUTS = {
    ("workloads", "it_mw"): "IT load demanded",
    ("workloads", "accelerators"): "number of accelerators",
    ("workloads", "utilisation"): "mean power of the cards over TDP",
    ("workloads", "pf_days_per_year"): "training work of a year",
    ("workloads", "flops_per_year"): "training work of a year",
    ("workloads", "mfu"): "model FLOPs utilisation",
    ("workloads", "requests_per_day"): "requests of a mean day",
    ("workloads", "wh_per_request"): "IT energy of one request",
    ("workloads", "to_hub_gbps_per_mw"): "data rate to the hub",
    ("workloads", "from_hub_gbps_per_mw"): "data rate from the hub",
    ("workloads", "dataset_tb"): "data moved once",
    ("workloads", "accelerator_cny_per_mw_year"): "rent of accelerators",
    ("workloads", "green_share_min"): "least green share",
    ("workloads", "burst"): "most power over mean power",
    ("profiles", "factor"): "shape of demand over the day",
    ("accelerators", "tdp_w"): "thermal design power of a card",
    ("accelerators", "server_overhead"): "server power over TDP",
    ("accelerators", "tflops"): "peak of a card",
    ("placement_costs", "cny_per_mw_year"): "placement costs",
    ("tariffs", "price_cny_per_mwh"): "power price",
    ("hubs", "pue"): "PUE",
    ("hubs", "pue_new"): "PUE of new rooms",
    ("hubs", "hosting_cny_per_mw_year"): "hosting",
    ("hubs", "it_capacity_mw"): "standing room",
    ("hubs", "capex_cny_per_kw"): "capital of new room",
    ("hubs", "green_share"): "contracted green power",
    ("hubs", "build_max_mw"): "room that may be built",
    ("hubs", "ingress_gbps"): "bandwidth into the hub",
    ("hubs", "egress_gbps"): "bandwidth out of the hub",
    ("hub_periods", "pue"): "PUE by period",
    ("hub_periods", "green_share"): "contracted green power by period",
    ("carbon_factors", "location_kg_per_mwh"): "carbon factor of the grid",
    ("carbon_factors", "residual_kg_per_mwh"): "carbon factor of the residual mix",
    ("links", "capacity_gbps"): "lit capacity",
    ("links", "utilisation"): "capacity in use by others",
    ("links", "widen_max_gbps"): "capacity that may be added",
    ("links", "widen_cny_per_gbps"): "capital of widening",
    ("links", "toll_cny_per_gbps_year"): "toll on the mean flow",
    ("transfer_prices", "price_cny_per_gbps_month"): "price of leased bandwidth",
    ("transfer_prices", "price_cny_per_gb"): "price of a gigabyte moved",
    ("transfer_prices", "link_cny_per_gbps_year"): "price of own waves by link",
    ("transfer_prices", "link_cny_per_gbps_km_year"): "price of own waves by km",
    ("transfer_prices", "fill"): "fill of leased bandwidth",
    ("certificates", "price_cny_per_mwh"): "price of certificates",
    ("certificates", "max_mwh"): "certificates on offer",
    ("settings", "network_kwh_per_gb"): "network energy of a gigabyte",
    ("settings", "network_co2_kg_per_mwh"): "carbon factor of the network",
    ("settings", "discount_rate"): "discount rate",
    ("settings", "life_years"): "life of rooms",
    ("settings", "link_life_years"): "life of links",
    ("settings", "unserved_cny_per_mwh"): "price of demand not served",
    ("settings", "*"): "several settings",
    ("policy", "*"): "several limits of the policy",
    ("policy", "carbon_price_cny_per_t"): "carbon price",
    ("policy", "carbon_cap_t"): "carbon cap",
    ("policy", "move_cny_per_mw"): "price of moving",
    ("policy", "move_life_years"): "years over which moving is spread",
    ("policy", "churn_max_share"): "largest share that may move",
    ("policy", "placement_min"): "least share of placement",
    ("policy", "placement_max"): "largest share of placement",
    ("policy", "green_min"): "least green share",
    ("policy", "reserved_min"): "room kept open",
}
"""Words for inputs, by table and column; of settings and policy by key."""


def input_words(names: Names, table: str, column: str, keys: str) -> tuple[str, str]:
    """Say what inputs are, and what they apply to.

    Parameters
    ----------
    names : Names
    table, column, keys : str
        As in the table of what decided a plan.
    """
    if table not in RECORDS:
        return word(INPUTS[table, column]), names.keys(table, keys)
    told = [_record_words(names, table, key) for key in keys.split("|")]
    what, whose = (list(dict.fromkeys(column)) for column in zip(*told, strict=True))
    return few(what), few(whose)


def _record_words(names: Names, table: str, key: str) -> tuple[str, str]:
    """Say what a setting or a limit of the policy is, and what it applies to."""
    listed = re.fullmatch(r"(\w+)\[(\d+)\]", key)
    if listed is None:
        return word(INPUTS.get((table, key), key)), word("all")
    section, number = listed[1], int(listed[2])
    limit = getattr(names.scenario.policy, section)[number]
    if section == "reserved_min":
        return word(INPUTS[table, section]), names.of("hubs", limit.hub)
    return word(INPUTS[table, section]), about(names, section, number)


def limit_words(plan: "Plan", kind: str, subject: str) -> str:
    """Say what a limit of a plan applies to.

    Parameters
    ----------
    plan : Plan
    kind, subject : str
        As in the table of limits.
    """
    told = numbered_words(plan, kind, subject)
    return told or Names(plan.scenario).of(kind, subject)
