"""Names in the tickets: products (invented), places, dates, order numbers, people."""

from grammar import phrases

_BRANDS = {
    "printer": phrases("Orvane; Inkwell; Pagora; Tintel; Quillix; Brello"),
    "laptop": phrases("Novark; Slatewing; Kyberon; Fenlow; Aerobyte; Tessaly"),
    "phone": phrases("Lumio; Pell; Zenfy; Okari; Halcy; Brightcall"),
    "network": phrases("Netgrove; Wavelane; Hopbridge; Fibrox; Meshtra; Linkadia"),
    "software": phrases("Draftly; Nimbusoft; Ledgerly; Pixarium; Cortado; Tabulon"),
    "other": phrases("Sonora; Vistaro; Caldero; Ampeak; Gleam; Hoverly; Klarion; Tempra"),
}
_SERIES = {
    "printer": phrases("""
        LX-450; P310; Jet 90; LX-700; P95; Duo 12; Maxi; ColorPro; L2200; Mono 8; LX-20; Swift
        Fotoprint; OfficeJot; Scribe; Stampa; P77; Tank 5; Rapido; M1400; Bureau; Palette; Labelmate
        Jetstream; Folio; Copya; M260; Sprint 40; Vivid; Litho; Pronto; G605"""),
    "laptop": phrases("""
        Air 13; Book X2; Pro 15; Flex; Edge 14; Z840; Studio; Slim 7; Titan; Feather; Go 11; Kestrel
        Nomad; Quartz; V505; Raptor; Campus; Ultra 16; Forge; Carbon; Breeze; Monolith; T490; Yonder
        Pebble; Latitude 5; Comet; Falcon; Mistral; K55; Origami; Vertex"""),
    "phone": phrases("""
        S9; Mini 4; Nova; X12; Pixon; One Plus Ultra; Edge Lite; A52; Fold 3; Neo; Spark; Q7; Max
        Senior; Rugged; Clip; Aura; Zoom 8; Ember; Halo; Pocket; R11; Flip; Moonlight; Turbo; Classic
        Iris; Note 20; Bolt; Vibe; Tango; Compact"""),
    "network": phrases("""
        AX3000; Hub 6; Mesh Trio; R7000; Beacon; G5; AC1200; Tri-Band; Outpost; Gate 2; Link 8; Velo
        Dome; WR940; Lighthouse; Pod; Orbit; Bridge 4; Fritta; Span; Hyperlane; XR500; Cascade
        Halo Mesh; Tower; Giga 5; Satellite; Nexus 9; Relay; BE9300; Node; Plume"""),
    "software": phrases("""
        Writer; Cloud; Studio Suite; Tax 2024; Notes; Vault; Sheets; CAD; Photo; Mail; Planner; Guard
        Movie Maker; Books; Slides; Sync; Office; Draw; Kids; Composer; Payroll; Reader; Backup; Scan
        Chat; Maps; Fonts; Budget; Recipe; Genealogy; Meet; Score"""),
    "other": phrases("""
        Buds 3; 4K 55; Cam 360; Kettle Pro; Drone Mini; Soundbar; Watch 2; E-Reader; Bulb Kit; Doorbell
        Monitor 27; Speaker Go; Headset V; Powerbank; Keyboard K1; Mouse M3; Projector; TV 43; Webcam HD
        Turntable; Radio DAB; Console; Scooter; Toothbrush; Fryer; Blender; Vacuum S; Thermostat; Scale
        Camera Z; Lens 50; Tripod; Mic Pro; Tablet 10; Sat Nav; Shaver; Iron; Heater"""),
}
# Every brand makes its own share of the series, so a model name tells the topic, but each is rare.
PRODUCTS = {
    kind: [
        text
        for i, series in enumerate(_SERIES[kind])
        for text in (
            f"{brands[i % len(brands)]} {series}",
            f"{brands[(3 * i + 1) % len(brands)]} {series}",
            *([series] if any(c.isdigit() for c in series) and " " not in series else []),
        )
    ]
    for kind, brands in _BRANDS.items()
}

PLACES = phrases("""
    Leeds; Bristol; Manchester; Cardiff; York; Bath; Glasgow; Norwich; Exeter; Derby; Oxford; Reading
    Dundee; Swansea; Belfast; Cork; Galway; Dublin; Hull; Luton; Ipswich; Lincoln; Durham; Preston
    Chester; Inverness; Aberdeen; Plymouth; Brighton; Dover; Cambridge; Coventry; Leicester; Stirling
    Perth; Newport; Lancaster; Carlisle; Worcester; Hereford; Gloucester; Salisbury; Winchester
    Canterbury; Peterborough; Wakefield; Sheffield; Bradford; Bolton; Stockport; Blackpool; Southport
    Wigan; Crewe; Harrogate; Whitby; Penzance; Truro; Torquay; Swindon; Slough; Croydon; Richmond
    Camden; Hackney; Brixton; Greenwich; Ealing; Milton Keynes; Stoke-on-Trent; Newcastle; Sunderland
    Middlesbrough; Bangor; Wrexham; Aberystwyth; Limerick; Kilkenny; Sligo; Waterford; Berlin; Vienna
    Utrecht; Ghent; Lyon; Porto; Graz; Zurich; Malmo; Aarhus; Bergen; Turku; Krakow; Brno; Ljubljana
    Trieste; Seville; Valencia; Toulouse; Nantes; Bremen; Leipzig; Dresden; Basel; Antwerp; Delft
    Austin; Denver; Portland; Boston; Toronto; Halifax; Ottawa; Dunedin; Hobart; Adelaide; Nairobi
    Mumbai; Pune; Singapore""")
STREETS = [
    f"{a} {b}"
    for i, a in enumerate(
        phrases("""
        Kingsway; Station; Mill; Church; Harbour; Market; Queen's; Abbey; Bridge; Castle; Victoria
        Orchard; Park; Chapel; River; Elm; Albert; College; Priory; Windmill; Granary; Foundry; Weaver
        Canal; Tanner""")
    )
    for b in (("Road", "Street", "Lane", "Square")[i % 4], ("Arcade", "Centre", "Mall", "Quay")[(i // 2) % 4])
]

_MONTHS = phrases("""
    January; February; March; April; May; June; July; August; September; October; November; December""")
_DAYS = phrases("Monday; Tuesday; Wednesday; Thursday; Friday; Saturday; Sunday")
DATES_PAST = (
    [
        f"{day} {month}"
        for i, month in enumerate(_MONTHS)
        for day in ((i * 5) % 27 + 1, (i * 11) % 28 + 1, (i * 3) % 25 + 2)
    ]
    + [f"last {day}" for day in _DAYS]
    + [f"{month} {day}th" for month, day in zip(_MONTHS, (4, 15, 6, 27, 18, 9, 10, 11, 24, 5, 16, 7), strict=True)]
    + [
        f"the {day}th of {month}"
        for month, day in zip(_MONTHS, (14, 5, 26, 17, 8, 19, 20, 12, 4, 25, 6, 28), strict=True)
    ]
    + [
        f"{day:02d}/{month:02d}"
        for day, month in ((3, 4), (12, 5), (21, 11), (9, 9), (30, 1), (17, 6), (25, 10), (8, 12))
    ]
    + [f"{_DAYS[i]} the {n}" for i, n in enumerate(("3rd", "14th", "22nd", "8th", "19th", "30th", "11th"))]
    + phrases("""
        yesterday; the day before yesterday; Boxing Day; Christmas Eve; Easter Monday; New Year's Day
        Black Friday""")
)
DATES_NEXT = (
    [f"next {day}" for day in _DAYS]
    + _DAYS
    + [f"{day} {month}" for i, month in enumerate(_MONTHS) for day in ((i * 7) % 27 + 1, (i * 13) % 28 + 1)]
    + [f"the {n}" for n in ("2nd", "5th", "9th", "12th", "18th", "21st", "26th", "29th")]
    + phrases("tomorrow; tonight; tomorrow morning; Christmas; Easter")
)

PEOPLE = phrases("""
    Sam; Priya; Tom; Aisha; Ben; Chloe; Dmitri; Ewa; Farid; Grace; Hannah; Ines; Jack; Karim; Lena
    Marta; Nadia; Oskar; Paula; Quinn; Rosa; Stefan; Tara; Umar; Vera; Will; Xenia; Yusuf; Zoe; April
    Jordan; Lincoln; Chelsea; Sydney; Florence; Austin; Paris; June; May; Carlisle; Mr Hughes
    Mrs Okafor; Dr Lindqvist; Ms Patel; J. Novak; Kowalski; R. Singh; the Andersons; Miriam; Noah; Olga
    Pete; Ruth; Seamus; Theo; Ursula; Viktor; Wanda; Yara; Zach; Agnes; Boris; Carla; Declan; Elif
    Fiona; Gustav; Hilde; Imran; Joyce; Kevin; Leila; Mehmet; Nora; Owen; Petra; Rafael; Silvia; Tariq
    Una; Victor; Wendy; Ahmed; Beatrice; Callum; Deirdre; Emeka; Freya""")

ORDER_FORMS = (("ORD-", 5), ("#", 5), ("", 7), ("WX", 6), ("#A-", 4), ("DE-", 6), ("SO", 5), ("", 6))
