"""What people call hubs, nodes, links and workloads, which tables name by their ids."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from siting.wording import few
from siting.words import names_of, word

if TYPE_CHECKING:
    import pandas as pd

    from siting.scenario import Scenario

# By table and by kind of limit: what their keys and subjects are.
HUBS = (
    *("hubs", "tariffs", "hub_periods", "rtt"),
    *("room", "build", "reserved-min", "ingress", "egress"),
)
LINKS = ("links", "link", "widen")
WORKLOADS = ("workloads", "placement_costs", "current", "unserved")


@dataclass(frozen=True)
class Names:
    """Names of hubs, nodes, links and workloads for people."""

    scenario: "Scenario"

    def of(self, kind: str, subject: str) -> str:
        """Name the subject of a limit or the key of a table's row.

        Parameters
        ----------
        kind : str
            Kind of the limit, or the table.
        subject : str
            What has no name is said as a word.
        """
        scenario = self.scenario
        if kind in LINKS and subject in scenario.links.index:
            ends = names_of(scenario.nodes)
            row = scenario.links.loc[subject]
            return f"{ends[row['source']]} – {ends[row['target']]}"
        names = self._names(kind)
        if names is not None and subject in names.index:
            return str(names[subject])
        if subject == "*":
            return word("all")
        return word(subject) if subject else "–"

    def _names(self, kind: str) -> "pd.Series[str] | None":
        if kind in HUBS:
            return names_of(self.scenario.hubs)
        if kind in WORKLOADS:
            return self.scenario.workloads["name"]
        return names_of(self.scenario.nodes) if kind == "nodes" else None

    def keys(self, table: str, text: str) -> str:
        """Name the first few of the keys that a statement is about."""
        return few([self.of(table, key) for key in text.split("|")])
