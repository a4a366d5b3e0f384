"""Thompson sampling: its propensities against numeric integration and simulation, and that it finds the best."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import integrate, stats

from headwater.personalise.bandit import Arm, draw, propensities

STATES = [
    pytest.param([(0, 0), (0, 0)], id="nothing known"),
    pytest.param([(5, 1), (5, 2)], id="little known"),
    pytest.param([(0, 0), (5048, 49), (4950, 50)], id="one unknown beside two well known"),
    pytest.param([(10**6, 0), (10**6, 1), (0, 0)], id="rare rewards"),
    pytest.param([(199_998, 99_999), (200_298, 100_299), (4, 2)], id="narrow beside broad"),
    pytest.param([(999, 999), (999, 0)], id="as far apart as can be"),
    pytest.param([(1000, 100)] * 5, id="five alike"),
]


def integrated(arms, which):
    """The integral once more, by adaptive quadrature between the quantiles."""
    rates = [stats.beta(*arm.beta) for arm in arms]
    ranks = [1e-9, 1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-6]
    edges = sorted({0.0, 1.0, *(float(q) for rate in rates for q in rate.ppf(ranks))})
    others = [rate for each, rate in enumerate(rates) if each != which]

    def integrand(x):
        return rates[which].pdf(x) * math.prod(rate.cdf(x) for rate in others)

    parts = [integrate.quad(integrand, *edge, epsabs=1e-12)[0] for edge in itertools.pairwise(edges)]
    return math.fsum(parts)


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_propensities_are_the_integrals(state):
    arms = [Arm(*each) for each in state]
    found = propensities(tuple(arm.beta for arm in arms))
    assert found == pytest.approx([integrated(arms, each) for each in range(len(arms))], abs=1e-8)


def test_the_propensity_of_two_is_known_in_closed_form():
    # P(X > Y), X ~ Beta(2, 1), Y ~ Beta(1, 1): the mean of X.
    assert propensities(((2.0, 1.0), (1.0, 1.0))) == pytest.approx((2 / 3, 1 / 3), abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(0, 1)), min_size=1, max_size=6))
def test_propensities_are_probabilities_whatever_is_known(known):
    arms = [Arm(shown, round(shown * rate)) for shown, rate in known]
    found = propensities(tuple(arm.beta for arm in arms))
    assert math.fsum(found) == pytest.approx(1)
    assert all(0 <= each <= 1 for each in found)


def test_variants_are_drawn_as_often_as_their_propensities_say():
    known = {"a": Arm(40, 4), "b": Arm(30, 5), "c": Arm(10, 1)}
    n = 4000
    drawn = [draw("abc", known, f"decision-{each}") for each in range(n)]
    for name in "abc":
        of_name = [each.propensity for each in drawn if each.variant == name]
        p = of_name[0]
        assert set(of_name) == {p}
        assert abs(len(of_name) / n - p) < 4 * math.sqrt(p * (1 - p) / n)


def test_the_same_seed_draws_the_same_in_whatever_order():
    known = {"a": Arm(10, 1), "b": Arm(10, 2)}
    assert draw(["a", "b"], known, "x") == draw(["b", "a"], known, "x")
    assert len({draw("ab", known, str(n)).variant for n in range(50)}) == 2


@pytest.mark.parametrize("arm", [Arm(-5, 3), Arm(3, 9), Arm(0, -1)])
def test_counts_that_cannot_be_do_no_harm(arm):
    assert min(arm.beta) >= 1
    assert draw("ab", {"a": arm}, "x").propensity > 0


@pytest.mark.slow
def test_it_finds_the_best_and_loses_little_on_the_way():
    rates = {"a": 0.05, "b": 0.10, "c": 0.07}
    chance, n = np.random.default_rng(7), 6000
    arms = {name: Arm() for name in rates}
    shown = []
    for each in range(n):
        # As it is used: what is known is some decisions old.
        known = dict(arms) if each % 50 == 0 else known  # noqa: F821
        name = draw(rates, known, f"{each}").variant
        arms[name] = Arm(arms[name].shown + 1, arms[name].rewarded + (chance.random() < rates[name]))
        shown.append(name)
    assert shown[-1000:].count("b") > 900
    lost = sum(max(rates.values()) - rates[name] for name in shown)
    assert lost < 0.25 * sum(max(rates.values()) - np.mean(list(rates.values())) for _ in shown)


@pytest.mark.slow
def test_what_another_choice_would_have_brought_follows_from_the_propensities():
    rates = {"a": 0.3, "b": 0.5}
    chance, n = np.random.default_rng(3), 4000
    known = {"a": Arm(20, 6), "b": Arm(20, 9)}
    total = 0.0
    for each in range(n):
        drawn = draw(rates, known, f"{each}")
        rewarded = chance.random() < rates[drawn.variant]
        total += (drawn.variant == "a") * rewarded / drawn.propensity
    assert total / n == pytest.approx(rates["a"], abs=0.08)
