"""The reckoning of marks as properties: best bid best marked, no weight neutralised, arithmetic that adds up."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.evaluation.scoring import BidToScore, Criterion, check_weights, french_percent, rank_bids
from procurement.law.formulas import FORMULAS, FULL_MARK, faults_of, formula_of, french, rounded

PRICE_FORMULAS = [formula for formula in FORMULAS.values() if formula.kind == "price"]
QUALITY = FORMULAS["scale_0_4"]
PRICE = FORMULAS["lowest_over_price"]

prices = st.decimals(min_value="0.01", max_value="99999999.99", places=2)
price_lists = st.lists(prices, min_size=1, max_size=8)


@st.composite
def weights(draw, count: int):
    """Whole hundredths of a percent that sum to 10 000."""
    cuts = sorted(draw(st.lists(st.integers(1, 9_999), min_size=count - 1, max_size=count - 1, unique=True)))
    return [high - low for low, high in pairwise([0, *cuts, 10_000])]


@st.composite
def contests(draw):
    """Criteria (one price, one plain, one divided in two) and bids with every score they need."""
    price, plain, divided = draw(weights(3))
    first, second = draw(weights(2))
    children = (Criterion("3.1", 1, "Usages", first, QUALITY), Criterion("3.2", 2, "Essais", second, QUALITY))
    criteria = (
        Criterion("1", 1, "Prix", price, draw(st.sampled_from(PRICE_FORMULAS))),
        Criterion("2", 2, "Environnement", plain, QUALITY),
        Criterion("3", 3, "Recherche", divided, QUALITY, children),
    )
    scores = st.fixed_dictionaries({key: st.integers(0, 4) for key in ("2", "3.1", "3.2")})
    bids = [
        BidToScore(str(number), draw(prices), draw(scores))
        for number in range(draw(st.integers(min_value=1, max_value=6)))
    ]
    return criteria, bids


@pytest.mark.law("LR-65")
@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
def test_every_formula_of_the_library_is_sound(formula):
    assert faults_of(formula.mark, formula.kind) == []


@pytest.mark.law("LR-65")
@pytest.mark.parametrize(
    ("mark", "fault"),
    [
        (lambda price, prices: Decimal(90) + 10 * min(prices) / price, "neutralisé"),
        (lambda price, prices: 100 * min(prices) / (price + 1), "note maximale"),
        (lambda price, prices: 100 * (3 * min(prices) - 2 * price) / min(prices), "entre 0 et 100"),
        (lambda price, prices: Decimal(100), "deux notes différentes"),
        (lambda price, prices: Decimal(100) if price == min(prices) else price / 10, "mieux noté"),
        (
            lambda price, prices: (
                Decimal(100)
                if max(prices) == min(prices)
                else 100 * (max(prices) - price) / (max(prices) - min(prices))
            ),
            "écraserait",
        ),
    ],
    ids=["flat", "best-not-full", "negative", "constant", "rising", "lowest-to-highest"],
)
def test_a_formula_that_neutralises_a_weight_is_named(mark, fault):
    assert any(fault in sentence for sentence in faults_of(mark, "price"))


@pytest.mark.law("LR-65")
def test_a_scale_that_hardly_tells_degrees_apart_is_named():
    assert any("10 points" in sentence for sentence in faults_of(lambda value, _: 96 + value, "quality"))


@pytest.mark.law("LR-65")
@given(price_lists, st.sampled_from(PRICE_FORMULAS))
def test_the_lowest_price_has_the_best_mark_and_a_dearer_one_never_more(offered, formula):
    marks = [rounded(formula.mark(price, offered)) for price in sorted(offered)]
    assert marks[0] == FULL_MARK
    assert all(0 <= dearer <= cheaper for cheaper, dearer in pairwise(marks))


@given(contests())
def test_totals_are_the_sum_of_points_and_stay_within_a_hundred(contest):
    criteria, bids = contest
    for row in rank_bids(criteria, bids):
        assert row.points == sum(mark.points for mark in row.marks)
        assert 0 <= row.points <= 100
        assert row.points == rounded(row.points)


@given(contests())
def test_ranks_follow_totals_and_equal_totals_share_a_rank(contest):
    criteria, bids = contest
    ranking = rank_bids(criteria, bids)
    assert ranking[0].rank == 1
    for better, worse in pairwise(ranking):
        assert better.points >= worse.points
        assert (better.rank == worse.rank) == (better.points == worse.points)
    for place, row in enumerate(ranking, start=1):
        assert row.rank <= place
        assert row.is_tied == ([other.points for other in ranking].count(row.points) > 1)


@given(contests(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(contest, random):
    criteria, bids = contest
    shuffled = list(bids)
    random.shuffle(shuffled)
    places = {row.key: (row.rank, row.points) for row in rank_bids(criteria, bids)}
    assert {row.key: (row.rank, row.points) for row in rank_bids(criteria, shuffled)} == places


@given(contests(), st.sampled_from(["2", "3.1", "3.2"]))
def test_a_better_score_never_costs_points(contest, key):
    criteria, bids = contest
    first = bids[0]
    raised = BidToScore(first.key, first.price, {**first.scores, key: min(4, first.scores[key] + 1)})
    before = {row.key: row for row in rank_bids(criteria, bids)}[first.key]
    after = {row.key: row for row in rank_bids(criteria, [raised, *bids[1:]])}[first.key]
    assert after.points >= before.points
    assert after.rank <= before.rank


@pytest.mark.law("LR-71")
def test_the_arithmetic_is_the_one_a_letter_prints():
    criteria = (
        Criterion("p", 1, "Prix", 3500, PRICE),
        Criterion("t", 2, "Technique", 6500, QUALITY, (
            Criterion("t1", 1, "Usages", 4000, QUALITY),
            Criterion("t2", 2, "Essais", 6000, QUALITY),
        )),
    )  # fmt: skip
    bids = [
        BidToScore("a", Decimal("198000.00"), {"t1": 3, "t2": 2}),
        BidToScore("b", Decimal("210000.00"), {"t1": 4, "t2": 4}),
    ]
    best, other = rank_bids(criteria, bids)
    assert (best.key, best.points, other.key, other.points) == ("b", Decimal("98.00"), "a", Decimal("74.00"))
    price, technique = best.marks
    assert price.arithmetic == (
        "100 × 198\u202f000,00 € ÷ 210\u202f000,00 € = 94,29",
        "94,29 × 35\u202f% = 33,00 points",
    )
    assert technique.arithmetic == ("40,00 + 60,00 = 100,00", "100,00 × 65\u202f% = 65,00 points")
    assert technique.children[0].arithmetic[0] == "4 sur 4 (excellent) : 100 × 4 ÷ 4 = 100,00"


def test_linear_price_reaches_nothing_at_the_double():
    linear = FORMULAS["linear_to_double"]
    offered = [Decimal(100), Decimal(150), Decimal(200), Decimal(260)]
    assert [rounded(linear.mark(price, offered)) for price in offered] == [100, 50, 0, 0]
    assert linear.explain(Decimal(260), offered).endswith("0,00")


@pytest.mark.law("LR-64")
@pytest.mark.parametrize("total", [9_999, 10_001])
def test_weights_that_miss_a_hundred_percent_at_any_level_are_refused(total):
    children = (Criterion("1.1", 1, "Usages", total, QUALITY),)
    with pytest.raises(ValueError, match=str(total)):
        check_weights([Criterion("1", 1, "Technique", 10_000, QUALITY, children)])
    with pytest.raises(ValueError, match=str(total)):
        rank_bids([Criterion("1", 1, "Technique", total, QUALITY)], [])


@pytest.mark.parametrize(
    "bid", [BidToScore("a", None, {"q": 2}), BidToScore("a", Decimal(5), {}), BidToScore("a", Decimal(5), {"q": 5})]
)
def test_a_missing_price_or_score_is_never_taken_for_zero(bid):
    criteria = (Criterion("p", 1, "Prix", 5000, PRICE), Criterion("q", 2, "Qualité", 5000, QUALITY))
    with pytest.raises(ValueError, match="bid a"):
        rank_bids(criteria, [bid])


def test_a_price_criterion_left_at_the_default_scale_takes_the_proportional_formula():
    assert formula_of(tag="price", formula="scale_0_4").name == "lowest_over_price"
    assert formula_of(tag="price", formula="linear_to_double").name == "linear_to_double"
    assert formula_of(tag="environment", formula="scale_0_4").name == "scale_0_4"


def test_numbers_are_written_the_french_way():
    assert french(Decimal("1234567.5")) == "1\u202f234\u202f567,50"
    assert (french_percent(3500), french_percent(1250), french_percent(10_000)) == (
        "35\u202f%",
        "12,5\u202f%",
        "100\u202f%",
    )
