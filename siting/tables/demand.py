"""Schema of the tables about workloads and the periods they run in."""

from siting.tables.schema import Table, flag, ids, number, share, text

WORKLOADS = Table(
    "workloads",
    "Workloads to be placed.",
    (
        text("id", "Id of the workload.", required=True),
        text("name", "Name.", copies="id"),
        text("class", "Class, such as training or interactive.", required=True),
        text("origin", "Node it comes from.", required=True, refers="nodes"),
        text(
            "manner",
            "How it may be spread over hubs and periods.",
            default="pinned",
            options=("pinned", "movable", "deferrable"),
        ),
        number("it_mw", "MW of IT load", "IT load at profile factor 1."),
        number("accelerators", "cards", "Number of accelerators."),
        text("model", "Model of the accelerators.", refers="accelerators"),
        share("utilisation", "Mean power of the cards over TDP.", default=1.0),
        number("pf_days_per_year", "PFLOP/s-days", "Training work of a year."),
        number(
            "mfu",
            "share",
            "Model FLOPs utilisation.",
            above=0.0,
            most=1.0,
        ),
        number("flops_per_year", "FLOP", "Training work of a year."),
        number("requests_per_day", "requests/day", "Requests of a mean day."),
        number("wh_per_request", "Wh", "IT energy of one request."),
        text(
            "profile",
            "Shape of demand over the periods; blank: flat.",
            refers="profiles.profile",
        ),
        number(
            "rtt_limit_ms",
            "ms",
            "Largest round-trip time of a path.",
            default=float("inf"),
            infinite=True,
        ),
        number(
            "to_hub_gbps_per_mw",
            "Gbps/MW",
            "Data rate from the origin to the hub.",
            default=0.0,
        ),
        number(
            "from_hub_gbps_per_mw",
            "Gbps/MW",
            "Data rate from the hub to the origin.",
            default=0.0,
        ),
        text(
            "window",
            "Deferrable: `year` or the label column of periods inside whose groups "
            "the energy is fixed.",
            default="year",
        ),
        number(
            "burst",
            "ratio",
            "Deferrable: most power over mean power.",
            default=1.0,
            least=1.0,
        ),
        share(
            "green_share_min",
            "Least share of its facility energy that is green.",
            default=0.0,
        ),
        flag(
            "green_every_period",
            "Whether that share holds in every period rather than over the year.",
            default=False,
        ),
        number(
            "dataset_tb",
            "TB",
            "Data moved once from the origin to where it is placed.",
            default=0.0,
        ),
        ids("allowed_hubs", "Hubs it may go to; blank: any.", "hubs"),
        ids("allowed_sides", "Sides it may go to; blank: any.", "hubs.side"),
        ids("allowed_provinces", "Provinces it may go to.", "hubs.province"),
        ids("excluded_hubs", "Hubs it may not go to.", "hubs"),
        text("home_hub", "Hub where it runs today.", refers="hubs"),
        number(
            "accelerator_cny_per_mw_year",
            "CNY/MW/year",
            "Rent of its accelerators.",
            default=0.0,
        ),
    ),
    key=("id",),
    indexed=True,
    required=True,
)

PERIODS = Table(
    "periods",
    "Periods of the accounting year, with any label columns.",
    (
        text("id", "Id of the period.", required=True),
        number(
            "hours", "h", "Hours that the period stands for.", required=True, above=0.0
        ),
        text("day", "Label of the day."),
        text("hour", "Label of the hour."),
        text("season", "Label of the season."),
    ),
    key=("id",),
    indexed=True,
    open_columns=True,
)

PROFILES = Table(
    "profiles",
    "Shapes of demand over the periods.",
    (
        text("profile", "Name of the profile.", required=True),
        text("period", "Period.", required=True, refers="periods"),
        number("factor", "ratio", "Demand over `it_mw`.", required=True),
    ),
    key=("profile", "period"),
)

ACCELERATORS = Table(
    "accelerators",
    "Accelerator models.",
    (
        text("model", "Name of the model.", required=True),
        number("tflops", "TFLOP/s", "Dense BF16/FP16 peak.", above=0.0),
        number(
            "tdp_w", "W", "Thermal design power of a card.", required=True, above=0.0
        ),
        number(
            "server_overhead",
            "ratio",
            "Server power over the sum of TDP.",
            default=1.0,
            above=0.0,
        ),
    ),
    key=("model",),
    indexed=True,
    open_columns=True,
)

PLACEMENT_COSTS = Table(
    "placement_costs",
    "Extra cost of placing a workload at a hub.",
    (
        text("workload", "Workload.", required=True, refers="workloads"),
        text("hub", "Hub.", required=True, refers="hubs"),
        number(
            "cny_per_mw_year",
            "CNY/MW/year",
            "Cost of a mean MW placed.",
            required=True,
            least=None,
        ),
    ),
    key=("workload", "hub"),
)

CURRENT = Table(
    "current",
    "Where workloads run today.",
    (
        text("workload", "Workload.", required=True, refers="workloads"),
        text("hub", "Hub.", required=True, refers="hubs"),
        share("share", "Share of the workload.", required=True),
    ),
    key=("workload", "hub"),
)
