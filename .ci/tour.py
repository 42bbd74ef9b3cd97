"""Solves, audits, explains, saves, loads, exports and sweeps, where it is run."""

import siting

# What moves and what is not linked: tables without rows have dtypes of their own.
moving = siting.Scenario.from_tables(
    hubs={"id": ["a", "b"], "it_capacity_mw": [9.0, 9.0]},
    workloads=[
        {"id": "w", "class": "c", "origin": "a", "it_mw": 5.0, "manner": "movable"},
    ],
)
siting.audit(siting.solve(moving)).raise_if_wrong()

scenario = siting.load("china")
plan = siting.solve(scenario)
siting.audit(plan).raise_if_wrong()
plan.why_not()
plan.worth(["room"])
plan.save("plan")
assert siting.Plan.load("plan") == plan
plan.to_csv("csv")
plan.to_parquet("parquet")
plan.to_geopackage("plan.gpkg")
plan.to_geojson("geojson")
plan.to_graphml("backbone.graphml")
plan.to_json("plan.json")
assert len(siting.sweep(scenario, {"power-price": [1.0, 1.1]}).runs) == 2
