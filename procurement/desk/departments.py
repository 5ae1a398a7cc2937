"""The region of a French postcode, read from its department."""

from cms.catalogue.regions import Region

# Beginnings of postcodes, region by region: two digits, three overseas; 20 is Corsica.
STARTS = {
    Region.AUVERGNE_RHONE_ALPES: "01 03 07 15 26 38 42 43 63 69 73 74",
    Region.BOURGOGNE_FRANCHE_COMTE: "21 25 39 58 70 71 89 90",
    Region.BRETAGNE: "22 29 35 56",
    Region.CENTRE_VAL_DE_LOIRE: "18 28 36 37 41 45",
    Region.CORSE: "20",
    Region.GRAND_EST: "08 10 51 52 54 55 57 67 68 88",
    Region.GUADELOUPE: "971",
    Region.GUYANE: "973",
    Region.HAUTS_DE_FRANCE: "02 59 60 62 80",
    Region.ILE_DE_FRANCE: "75 77 78 91 92 93 94 95",
    Region.LA_REUNION: "974",
    Region.MARTINIQUE: "972",
    Region.MAYOTTE: "976",
    Region.NORMANDIE: "14 27 50 61 76",
    Region.NOUVELLE_AQUITAINE: "16 17 19 23 24 33 40 47 64 79 86 87",
    Region.OCCITANIE: "09 11 12 30 31 32 34 46 48 65 66 81 82",
    Region.PAYS_DE_LA_LOIRE: "44 49 53 72 85",
    Region.PROVENCE_ALPES_COTE_D_AZUR: "04 05 06 13 83 84",
}
_BY_START = {start: region.value for region, starts in STARTS.items() for start in starts.split()}


def region_of(postcode: str) -> str:
    """Code of the region, empty for a postcode that is not of a French region."""
    return _BY_START.get(postcode[:3]) or _BY_START.get(postcode[:2], "")


def starts_of(region: str) -> list[str]:
    """Beginnings of the postcodes of a region."""
    return STARTS[Region(region)].split()
