"""Schema of the tables about hubs and the backbone."""

from siting.tables.schema import Table, flag, ids, number, share, text

SIDES = ("east", "west", "central")
LATITUDE = number(
    "latitude", "degrees", "Latitude, north positive.", least=-90.0, most=90.0
)
LONGITUDE = number(
    "longitude", "degrees", "Longitude, east positive.", least=-180.0, most=180.0
)

HUBS = Table(
    "hubs",
    "Siting candidates with power and bandwidth.",
    (
        text("id", "Id of the hub.", required=True),
        text("name", "Name.", copies="id"),
        text("name_zh", "Name in Chinese.", copies="id"),
        text("node", "Backbone node the hub sits at.", copies="id", refers="nodes"),
        text("side", "Side of the country.", options=SIDES),
        text("province", "Province."),
        text("kind", "Any word; `home` marks a home site."),
        LATITUDE,
        LONGITUDE,
        number(
            "it_capacity_mw",
            "MW of IT load",
            "Standing room.",
            required=True,
            infinite=True,
        ),
        number(
            "build_max_mw",
            "MW of IT load",
            "Room that may be added.",
            default=0.0,
            infinite=True,
        ),
        number("capex_cny_per_kw", "CNY/kW of IT", "Capital of new room.", default=0.0),
        number(
            "hosting_cny_per_mw_year",
            "CNY/MW/year",
            "Keeping reserved room running, without power and capital.",
            default=0.0,
        ),
        number("pue", "ratio", "PUE of standing room.", default=1.0, least=1.0),
        number("pue_new", "ratio", "PUE of new room.", copies="pue", least=1.0),
        text(
            "grid",
            "Grid whose carbon factors count; blank: no emissions.",
            refers="carbon_factors.grid",
        ),
        share(
            "green_share",
            "Share of its electricity that is contracted green power.",
            default=0.0,
        ),
        number(
            "ingress_gbps",
            "Gbps",
            "Bandwidth into the hub.",
            default=float("inf"),
            infinite=True,
        ),
        number(
            "egress_gbps",
            "Gbps",
            "Bandwidth out of the hub.",
            default=float("inf"),
            infinite=True,
        ),
        ids("serves", "Origins that may use it; blank: all.", "nodes"),
        flag("open", "Whether the hub may be used.", default=True),
    ),
    key=("id",),
    indexed=True,
    required=True,
)

NODES = Table(
    "nodes",
    "Nodes of the backbone.",
    (
        text("id", "Id of the node.", required=True),
        text("name", "Name.", copies="id"),
        text("name_zh", "Name in Chinese.", copies="id"),
        text("province", "Province."),
        text("side", "Side of the country.", options=SIDES),
        LATITUDE,
        LONGITUDE,
        flag("transit", "Whether paths may pass through.", default=True),
    ),
    key=("id",),
    indexed=True,
)

LINKS = Table(
    "links",
    "Links of the backbone.",
    (
        text("id", "Id of the link; blank: made of source and target."),
        text("source", "Node at one end.", required=True, refers="nodes"),
        text("target", "Node at the other end.", required=True, refers="nodes"),
        number("length_km", "km", "Length.", default=0.0),
        number(
            "one_way_ms",
            "ms",
            "One-way delay; blank: from the length and the settings.",
        ),
        text(
            "direction",
            "Which directions there are and whether they share the capacity.",
            default="duplex",
            options=("duplex", "forward", "shared"),
        ),
        number(
            "capacity_gbps",
            "Gbps",
            "Lit capacity.",
            default=float("inf"),
            infinite=True,
        ),
        share("utilisation", "Share of it in use by others.", default=0.0),
        number(
            "toll_cny_per_gbps_year",
            "CNY/Gbps/year",
            "Toll on the mean flow.",
            default=0.0,
        ),
        number(
            "widen_max_gbps",
            "Gbps",
            "Capacity that may be added.",
            default=0.0,
            infinite=True,
        ),
        number("widen_cny_per_gbps", "CNY/Gbps", "Capital of widening.", default=0.0),
    ),
    key=("id",),
    indexed=True,
)

TRANSFER_PRICES = Table(
    "transfer_prices",
    "What moving data costs, by basis.",
    (
        text("basis", "Name of the basis.", required=True),
        number("price_cny_per_gb", "CNY/GB", "Price of volume.", default=0.0),
        number(
            "price_cny_per_gbps_month",
            "CNY/Gbps/month",
            "Price of reserved bandwidth.",
            default=0.0,
        ),
        text(
            "billing",
            "Whether both directions are paid or the larger one.",
            default="sum",
            options=("sum", "max"),
        ),
        number(
            "fill",
            "share",
            "Peak rate over reserved bandwidth.",
            default=1.0,
            above=0.0,
            most=1.0,
        ),
        number(
            "link_cny_per_gbps_year",
            "CNY/Gbps/year",
            "Own waves: lit bandwidth of a link.",
            default=0.0,
        ),
        number(
            "link_cny_per_gbps_km_year",
            "CNY/Gbps/km/year",
            "Own waves: lit bandwidth of a km of link.",
            default=0.0,
        ),
        flag(
            "includes_widening", "Whether this price pays for widening.", default=False
        ),
    ),
    key=("basis",),
    indexed=True,
)

RTT = Table(
    "rtt",
    "Measured round-trip times.",
    (
        text("origin", "Node the workload comes from.", required=True, refers="nodes"),
        text("hub", "Hub.", required=True, refers="hubs"),
        number("rtt_ms", "ms", "RTT of the fastest path.", required=True),
    ),
    key=("origin", "hub"),
    subject="hub",
)
