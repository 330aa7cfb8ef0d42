"""The demo shop's clients: all invented, and what each of them has cut."""

from __future__ import annotations

from dataclasses import dataclass

from queue_app.demo import designs as d
from queue_app.demo.designs import Product


@dataclass(frozen=True)
class ClientSheet:
    """A client as the office knows it; `orders` is what it has cut, the commonest first."""

    name: str
    contact_person: str
    address: str
    orders: tuple[Product, ...]

    @property
    def email(self) -> str:
        """An address under the domain that is kept for examples."""
        first = self.contact_person.split()[0].lower()
        return f"{first}@{self.name.split()[0].lower()}.example"


CLIENTS = [
    ClientSheet(
        "Dassieberg Racking Works", "Lerato Mahlangu", "14 Anvil Road, Ironvale",
        (d.SHELVING, d.COLUMN_BASES),
    ),
    ClientSheet(
        "Windpomp Farm Gates", "Hannes Kruger", "Plot 7, Old Mill Road, Bloukrans",
        (d.GATE_KIT, d.SCREENS),
    ),
    ClientSheet(
        "Tweespruit Trailer Yard", "Bongani Zulu", "2 Axle Street, Ironvale",
        (d.TRAILER_FRAME, d.GATE_KIT),
    ),
    ClientSheet(
        "Aloe & Anvil Steelwork", "Michelle Naidoo", "31 Foundry Lane, Kopjeside",
        (d.COLUMN_BASES, d.TRAILER_FRAME),
    ),
    ClientSheet(
        "Loerie Pump Assemblies", "Deon Fourie", "5 Reservoir Road, Kopjeside",
        (d.MACHINE_MOUNTS, d.PIPE_FLANGES),
    ),
    ClientSheet(
        "Malachite Sunbird Switchgear", "Ayesha Khan", "88 Dynamo Crescent, Westveld",
        (d.CABINET, d.INSTRUMENTS),
    ),
    ClientSheet(
        "Kiaatboom Cable Hangers", "Themba Sithole", "19 Dynamo Crescent, Westveld",
        (d.CABLE_TRAY, d.CABINET),
    ),
    ClientSheet(
        "Highveld Breeze Ducting", "Carla Jacobs", "3 Zephyr Close, Westveld",
        (d.DUCT_VENTS, d.CABLE_TRAY),
    ),
    ClientSheet(
        "Waterberg Pipe & Valve Depot", "Rudi Steyn", "40 Reservoir Road, Kopjeside",
        (d.PIPE_FLANGES, d.BRASS_RINGS, d.WASHERS),
    ),
    ClientSheet(
        "Clover Hollow Dairy Fittings", "Zanele Dube", "1 Creamery Road, Bloukrans",
        (d.FOOD_FLANGES, d.TANK_LIDS),
    ),
    ClientSheet(
        "Hopvine Hollow Tank Builders", "Marco Ferreira", "27 Cooper Street, Rivermead",
        (d.TANK_LIDS, d.FOOD_FLANGES),
    ),
    ClientSheet(
        "Pepperbark Galley Kitchens", "Fatima Davids", "9 Hearth Avenue, Rivermead",
        (d.KITCHEN, d.NAMEPLATES),
    ),
    ClientSheet(
        "Glass Heron Balustrades", "Kobus Venter", "12 Pane Street, Rivermead",
        (d.BALUSTRADE, d.SCREENS),
    ),
    ClientSheet(
        "Firefly Lane Lighting", "Naledi Moeketsi", "6 Lantern Mews, Rivermead",
        (d.LAMPS, d.NAMEPLATES),
    ),
    ClientSheet(
        "Tall Porcupine Signs", "Gareth Williams", "55 Market Row, Westveld", (d.SIGNS, d.LAMPS),
    ),
    ClientSheet(
        "Secretarybird Instruments", "Priya Govender", "21 Gauge Road, Kopjeside",
        (d.INSTRUMENTS, d.CABINET),
    ),
    ClientSheet(
        "Otter Slipway Joinery", "Susan Petersen", "4 Slipway, Rivermead",
        (d.NAMEPLATES, d.SHELVING),
    ),
    ClientSheet(
        "Springhaas Garden Rooms", "Jabulani Mthembu", "17 Acacia Walk, Bloukrans",
        (d.SCREENS, d.BALUSTRADE),
    ),
    ClientSheet(
        "Boltberry Fastener Store", "Elmarie Nel", "60 Anvil Road, Ironvale",
        (d.WASHERS, d.SHELVING),
    ),
    ClientSheet(
        "Mongoose Lane Karting", "Ryan October", "33 Axle Street, Ironvale",
        (d.MACHINE_MOUNTS, d.TRAILER_FRAME),
    ),
]  # fmt: skip
