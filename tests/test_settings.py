"""Settings and policy: parsing, problems, and writing back."""

import dataclasses
import tomllib
from typing import Any

import pytest

import siting
from siting.errors import InputError
from siting.scenario import Scenario
from siting.settings import (
    GreenLimit,
    PlacementLimit,
    Policy,
    ReservedLimit,
    Settings,
    write_toml,
)

POLICY = {
    "carbon_price_cny_per_t": 80,
    "carbon_accounting": "market",
    "carbon_cap_t": 1e6,
    "closed_hubs": ["b"],
    "placement_min": [{"share": 0.3, "side": "west", "class": "batch"}],
    "placement_max": [{"share": 0.5, "hub": "a"}],
    "green_min": [{"share": 0.5, "origin": "a", "every_period": True}],
    "reserved_min": [{"hub": "a", "mw": 2}],
}


def make(**given: Any) -> Scenario:
    """Make a scenario of two hubs and a workload."""
    hubs = [
        {"id": "a", "it_capacity_mw": 10, "side": "west"},
        {"id": "b", "it_capacity_mw": 10, "side": "east"},
    ]
    workloads = [{"id": "w", "class": "batch", "origin": "a", "it_mw": 1.0}]
    return Scenario.from_tables(hubs=hubs, workloads=workloads, **given)


def found(**given: Any) -> dict[str | None, tuple[str, str]]:
    """Return message and remedy of each problem by key."""
    with pytest.raises(InputError) as error:
        make(**given)
    return {p.column: (p.message, p.remedy) for p in error.value.problems}


def test_defaults_are_those_of_the_dictionary() -> None:
    """A few defaults that decide results are as documented."""
    settings = Settings()
    assert (settings.hours_per_year, settings.rtt_access_ms) == (8760.0, 1.0)
    assert (settings.discount_rate, settings.life_years) == (0.08, 15.0)
    assert settings.unserved_cny_per_mwh is None
    assert settings.tie_break == "latency"
    assert Policy().carbon_cap_t is None


def test_results_always_have_a_heading() -> None:
    """The title stands above the name, and a case without both is told as such."""
    assert Settings(name="case", title="A case").heading == "A case"
    assert Settings(name="case").heading == "case"
    assert Settings().heading == "unnamed"
    with siting.language("zh"):
        assert Settings().heading == "未命名"


def test_policy_becomes_records() -> None:
    """Every list of the policy becomes records with attributes."""
    policy = make(policy=POLICY).policy
    assert policy == Policy(
        carbon_price_cny_per_t=80.0,
        carbon_accounting="market",
        carbon_cap_t=1e6,
        closed_hubs=("b",),
        placement_min=(PlacementLimit(0.3, side="west", workload_class="batch"),),
        placement_max=(PlacementLimit(0.5, hub="a"),),
        green_min=(GreenLimit(0.5, origin="a", every_period=True),),
        reserved_min=(ReservedLimit("a", 2.0),),
    )


def test_written_policy_reads_back() -> None:
    """The TOML of a policy gives the same policy, as records or as a mapping."""
    policy = make(policy=POLICY).policy
    assert make(policy=tomllib.loads(write_toml(policy))).policy == policy
    assert make(policy=policy).policy == policy


def test_written_settings_read_back() -> None:
    """The TOML of settings gives the same settings, odd words included."""
    settings = Settings(
        name='odd "name" \\ 名\x7f\n',
        new_sides=("west",),
        unserved_cny_per_mwh=1e-9,
        rtt_factor=0.1 + 0.2,
        life_years=1e16,
        accelerators_in_ledger=True,
    )
    values = tomllib.loads(write_toml(settings))
    assert make(settings=values).settings == settings


def test_all_problems_of_settings_at_once() -> None:
    """Each wrong key is told, with its remedy."""
    problems = found(
        settings={
            "rtt_fctor": 1,
            "pue": "stok",
            "room": 3,
            "life_years": 0,
            "hop_ms": float("nan"),
            "discount_rate": 8,
            "new_sides": "west",
            "accelerators_in_ledger": 1,
            "carbon_year": 2022.5,
            "name": None,
        }
    )
    assert problems == {
        "rtt_fctor": ("unknown key 'rtt_fctor'", "Did you mean 'rtt_factor'?"),
        "pue": (
            "unknown word 'stok'",
            "Did you mean 'stock'? It may be 'stock', 'new'.",
        ),
        "room": ('3 is not a word in "quotes"', 'Give a word in "quotes".'),
        "life_years": ("0 is not above 0", "Give more than 0."),
        "hop_ms": ("nan is not a finite number", "Give a finite number."),
        "discount_rate": ("8 is above 1", "A share lies from 0 to 1: give 0.08."),
        "new_sides": ("'west' is not a list of words", "Give a list of words."),
        "accelerators_in_ledger": ("1 is not true or false", "Give true or false."),
        "carbon_year": ("2022.5 is not a whole number", "Give a whole number."),
        "name": ('None is not a word in "quotes"', 'Give a word in "quotes".'),
    }


def test_all_problems_of_a_policy_at_once() -> None:
    """Wrong values, names and lists are told with the number of the limit."""
    problems = found(
        policy={
            "carbon_cap_t": -1,
            "closed_hubs": ["aa"],
            "placement_min": [
                {"share": 0.1, "side": "west"},
                {"share": 1.5, "side": "west", "hub": "a"},
                7,
            ],
            "placement_max": {"share": 0.1},
            "green_min": [{"share": 0.2, "class": "btch", "workload": "v"}],
            "reserved_min": [{"hub": "a"}, {"hub": "c", "mw": -1}],
        }
    )
    assert {key: message for key, (message, _) in problems.items()} == {
        "carbon_cap_t": "-1 is negative",
        "closed_hubs": "unknown hub 'aa'",
        "placement_min[1]": "2 of side, hub and province are given",
        "placement_min[1].share": "1.5 is above 1",
        "placement_min[2]": "this is not a table",
        "placement_max": "this is not a list",
        "green_min[0].class": "unknown class 'btch'",
        "green_min[0].workload": "unknown workload 'v'",
        "reserved_min[0].mw": "the key is missing",
        "reserved_min[1].mw": "-1 is negative",
        "reserved_min[1].hub": "unknown hub 'c'",
    }


def test_settings_of_a_wrong_type() -> None:
    """Settings that are no mapping are a problem, not a traceback."""
    problems = found(settings=3, policy=["closed_hubs"])
    assert problems == {None: ("policy may not be of type list", "Give a dict.")}


def test_records_are_checked_when_they_are_made() -> None:
    """Settings and policies that may not be are refused at once, in the usual words.

    Without it they would be found at the first use, dicts among the limits as a bare
    TypeError, and the name of an attribute would be told to be like another key.
    """
    for make_record, message in (
        (lambda: Settings(pue="nwe"), "settings: pue: .* Did you mean 'new'"),
        (lambda: Policy(carbon_price_cny_per_t=-5), "policy: carbon_pr.* is negative"),
        (lambda: Policy(green_min=[{"share": 0.5, "origni": "a"}]), "'origin'"),
        (lambda: Policy(reserved_min=3), "reserved_min: this is not a list"),
        (
            lambda: Policy(green_min=[{"share": 0.5, "workload_class": "c"}]),
            r"green_min\[0\].*'workload_class'. Did you mean 'class'",
        ),
    ):
        with pytest.raises(InputError, match=message):
            make_record()
    limit = {"share": 0.5, "side": "west", "class": "batch"}
    policy = Policy(placement_min=[limit], closed_hubs=["b"])
    assert policy.placement_min == (
        PlacementLimit(0.5, "west", workload_class="batch"),
    )
    assert policy.closed_hubs == ("b",)
    assert (
        make(policy=policy).policy
        == make(policy={"placement_min": [limit]} | {"closed_hubs": ["b"]}).policy
    )


def test_settings_change_what_follows_from_them() -> None:
    """New settings give new delays and a new year; wrong ones are told."""
    links = [{"source": "a", "target": "b", "length_km": 100.0}]
    scenario = make(links=links)
    slow = scenario.with_settings(propagation_ms_per_km=0.01, hours_per_year=8784)
    assert slow.links["one_way_ms"].tolist() == [1.0]
    assert slow.periods["hours"].tolist() == [8784.0]
    assert scenario.links["one_way_ms"].tolist() == pytest.approx([0.49])
    with pytest.raises(InputError, match="Did you mean 'rtt_factor'"):
        scenario.with_settings(rtt_fctor=1)


def test_a_setting_may_be_taken_away() -> None:
    """``None`` takes an optional setting away."""
    scenario = make(settings={"unserved_cny_per_mwh": 9.0})
    later = scenario.with_settings(unserved_cny_per_mwh=None)
    assert later.settings.unserved_cny_per_mwh is None


def test_the_only_basis_is_chosen() -> None:
    """One basis, tariff and year need no setting; several do."""
    prices = [{"basis": "wave"}]
    tariffs = [{"basis": "list", "hub": h, "price_cny_per_mwh": 300} for h in "ab"]
    factors = [{"grid": "g", "year": 2022, "location_kg_per_mwh": 500}]
    scenario = make(transfer_prices=prices, tariffs=tariffs, carbon_factors=factors)
    settings = scenario.settings
    assert (settings.transfer_basis, settings.tariff_basis) == ("wave", "list")
    assert settings.carbon_year == 2022
    with pytest.raises(InputError, match="Choose transfer_basis, one of 'wave', 'gb'"):
        scenario.replace(transfer_prices=[*prices, {"basis": "gb"}])
    assert make().settings.carbon_year is None


def test_settings_and_policy_are_frozen() -> None:
    """Settings cannot be changed behind a scenario's back."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        make().settings.rtt_factor = 2.0  # type: ignore[misc]
