"""Columns that rows define are put in; what was solved comes back whole."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from siting import solver
from siting.model.arrays import Builder, LinearProgram
from siting.model.condense import condense
from siting.model.outcome import AT_UPPER, BASIC, Status

NUMBERS = st.integers(0, 4)


def program(
    rates: list[int], cost: list[int], room: list[int], limit: int, path: int
) -> LinearProgram:
    """``x_j`` up to their room serve 3; ``y = sum(rates x)`` has a cost and a limit."""
    builder, count = Builder(), len(rates)
    x = builder.add_columns("x", count, str, upper=np.array(room, float))
    y = builder.add_columns("y", 1, str)
    demand = builder.add_rows("demand", 1, str, lower=3.0, upper=3.0)
    defines = builder.add_rows("defines", 1, str, lower=0.0, upper=0.0)
    most = builder.add_rows("most", 1, str, upper=float(limit))
    builder.add_entries(demand.start, x.positions, 1.0)
    builder.add_entries(defines.start, y.positions, 1.0)
    builder.add_entries(defines.start, x.positions, -np.array(rates, float))
    builder.add_entries(most.start, y.positions, 2.0)
    return builder.finish(np.array([*cost, path], float))


def options(
    demands: list[tuple[int, int, int, int]],
    sizes: list[tuple[int, int]],
    room: int,
    most: int,
) -> LinearProgram:
    """Demands served by ``x``, in a shared room, or by ``y``, the first up to a limit.

    Each demand is its size, what a unit of ``x`` and of ``y`` costs, and what a unit of
    ``x`` takes of the room.
    """
    builder, count = Builder(), len(demands)
    need, cost_x, cost_y, taken = np.array(demands, dtype=float).T
    serves_x, serves_y = np.array(sizes, dtype=float).T
    x = builder.add_columns("x", count, str)
    y = builder.add_columns("y", count, str)
    demand = builder.add_rows("demand", count, str, lower=need, upper=need)
    shared = builder.add_rows("room", 1, str, upper=float(room))
    limit = builder.add_rows("limit", 1, str, upper=float(most))
    builder.add_entries(demand.positions, x.positions, serves_x)
    builder.add_entries(demand.positions, y.positions, serves_y)
    builder.add_entries(shared.start, x.positions, taken)
    builder.add_entries(limit.start, y.positions[:1], 2.0)
    return builder.finish(np.append(cost_x, cost_y))


def is_proven(whole: LinearProgram) -> None:
    """Solve a program: SciPy's optimum, which multipliers prove, and so again."""
    outcome = solver.solve_program(whole, basis=True)
    dense = np.zeros(whole.shape)
    dense[whole.index, whole.owner] = whole.value
    equal = whole.row_lower == whole.row_upper
    known = linprog(
        whole.cost,
        A_ub=dense[~equal],
        b_ub=whole.row_upper[~equal],
        A_eq=dense[equal],
        b_eq=whole.row_upper[equal],
        bounds=list(zip(whole.lower, whole.upper, strict=True)),
    )
    if known.status == 2:
        assert outcome.status is Status.INFEASIBLE
        return
    assert outcome.objective == pytest.approx(known.fun, abs=1e-9)
    used = dense @ outcome.values
    assert np.all(used <= whole.row_upper + 1e-9)
    assert used[equal] == pytest.approx(whole.row_lower[equal])
    priced = whole.cost - dense.T @ outcome.row_duals
    assert outcome.reduced_costs == pytest.approx(priced, abs=1e-9)
    upper = np.where(priced < 0, whole.upper, 0.0)
    assert np.all(np.isfinite(upper[np.abs(priced) > 1e-9]))
    side = np.where(np.isfinite(whole.row_upper), whole.row_upper, whole.row_lower)
    proven = side @ outcome.row_duals
    proven += np.where(np.isfinite(upper), upper, 0.0) @ priced
    assert proven == pytest.approx(known.fun, abs=1e-9)
    assert outcome.basis is not None
    basic = (outcome.basis.columns == BASIC).sum() + (outcome.basis.rows == BASIC).sum()
    assert basic == len(whole.row_lower)
    again = solver.solve_program(whole, start=outcome.basis)
    assert again.objective == pytest.approx(known.fun, abs=1e-9)


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=5),
    st.integers(0, 20),
    NUMBERS,
)
def test_same_optimum_with_a_proof(
    columns: list[tuple[int, int, int]], limit: int, path: int
) -> None:
    """The optimum is SciPy's, and multipliers prove it in the whole program.

    Multipliers of the condensed program alone would leave ``y`` with its whole cost.
    """
    rates, cost, room = (list(part) for part in zip(*columns, strict=True))
    whole = program(rates, cost, room, limit, path)
    less = condense(whole)
    assert less is not None
    # A single hub with room for it leaves nothing to choose but what the flow costs,
    # and the limit on the flow is one of its column.
    alone = len(rates) == 1 and room[0] >= 3
    assert less.program.shape == ((1, 1) if alone else (2, len(rates)))
    is_proven(whole)


@given(
    st.lists(
        st.tuples(st.integers(1, 4), NUMBERS, NUMBERS, NUMBERS),
        min_size=1,
        max_size=5,
    ),
    st.data(),
)
def test_same_optimum_of_two_options(
    demands: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    """Limits of columns say what rows of two options and of one column did.

    The multipliers of these rows prove the optimum of the whole program; without them
    an option that is used to its limit would have a cost below 0.
    """
    size = st.tuples(st.integers(1, 2), st.integers(1, 2))
    sizes = data.draw(st.lists(size, min_size=len(demands), max_size=len(demands)))
    whole = options(demands, sizes, data.draw(st.integers(0, 12)), data.draw(NUMBERS))
    less = condense(whole)
    assert less is not None
    # A row that is the room of one demand alone is a limit, as is the first one's.
    shared = sum(taken > 0 for *_, taken in demands) > 1
    assert less.rows[: len(demands)].tolist() == [
        number == 0 or (not shared and taken > 0)
        for number, (*_, taken) in enumerate(demands)
    ]
    is_proven(whole)


def test_who_serves_a_demand() -> None:
    """Demands of 2 and 3 MW at A for 1 CNY a MW or at B for 5 and 6; A has room for 4.

    All of the second goes to A, and half of the first: 3 + 1 + 5 = 9. Another MW at A
    would spare 4, so a MW of either demand is worth 5, and the second would lose 1 at
    B. With the limits of columns alone the first demand would be worth nothing.
    """
    whole = options([(2, 1, 5, 1), (3, 1, 6, 1)], [(1, 1), (1, 1)], 4, 99)
    less = condense(whole)
    assert less is not None
    outcome = solver.solve_program(whole, basis=True)
    assert outcome.values.tolist() == [1.0, 3.0, 1.0, 0.0]
    assert outcome.objective == 9.0
    assert outcome.row_duals.tolist() == [5.0, 5.0, -4.0, 0.0]
    assert outcome.reduced_costs.tolist() == [0.0, 0.0, 0.0, 1.0]
    assert outcome.basis is not None
    left = less.basis(outcome.basis)
    # The first demand keeps both columns, the second one, which is at its limit.
    assert left.columns.tolist() == [BASIC, AT_UPPER, BASIC]
    back = less.restored_basis(left)
    assert back.columns.tolist() == outcome.basis.columns.tolist()
    assert back.rows.tolist() == outcome.basis.rows.tolist()


@pytest.mark.parametrize("change", ["limited", "two", "negative"])
def test_what_needs_saying_stays(change: str) -> None:
    """A column with a limit of its own, or that may fall below 0, is kept.

    Its other limit, which a row says, takes no column away.
    """
    whole = program([1, 2], [1, 1], [4, 4], 9, 1)
    less = condense(whole)
    assert less is not None
    assert less.columns.tolist() == [True, True, False]
    if change == "limited":
        whole = replace(whole, upper=np.array([4.0, 4.0, 5.0]))
    elif change == "two":
        whole = replace(whole, row_lower=np.array([3.0, -1.0, -np.inf]))
    else:
        whole = replace(whole, lower=np.array([-1.0, 0.0, 0.0]))
    less = condense(whole)
    if change == "limited":
        assert less is None
        return
    assert less is not None
    assert less.columns.all()
    assert less.rows.tolist() == [True, True, False]


@pytest.mark.parametrize("room", [6.0, 4.0])
@pytest.mark.parametrize("warm", [True, False])
def test_what_has_no_choice_is_put_in(room: float, *, warm: bool) -> None:
    """Two workloads of 2 and 3 MW with one hub each, and one of 1 MW with both.

    The first hub has room for the third as well, which is cheaper there by 4 CNY: 2 * 1
    + 3 * 5 + 1 * 1 = 18, and more room is worth nothing. Left out with their columns,
    the rows of the demand have the multipliers 1 and 5 all the same.
    """
    builder = Builder()
    x = builder.add_columns("x", 4, str)
    demand = builder.add_rows(
        "demand", 3, str, lower=np.array([2.0, 3.0, 1.0]), upper=np.array([2.0, 3, 1])
    )
    hubs = builder.add_rows("room", 2, str, upper=np.array([room, 4.0]))
    builder.add_entries(demand.start + np.array([0, 1, 2, 2]), x.positions, 1.0)
    builder.add_entries(hubs.start + np.array([0, 1, 0, 1]), x.positions, 1.0)
    whole = builder.finish(np.array([1.0, 5.0, 1.0, 5.0]))
    less = condense(whole)
    assert less is not None
    assert less.program.shape == (1, 2)
    assert less.program.upper.tolist() == [room - 2.0, 1.0]
    first = solver.solve_program(whole, basis=True)
    start = first.basis if warm else None
    outcome = solver.solve_program(whole, start=start, basis=True)
    assert outcome.values.tolist() == [2.0, 3.0, 1.0, 0.0]
    assert outcome.objective == 18.0
    assert outcome.row_duals.tolist() == [1.0, 5.0, 1.0, 0.0, 0.0]
    assert outcome.reduced_costs.tolist() == [0.0, 0.0, 0.0, 4.0]
    none = replace(whole, row_upper=np.array([2.0, 3.0, 1.0, 1.5, 4.0]))
    found = solver.solve_program(none, start=start)
    assert found.status is Status.INFEASIBLE


def test_columns_that_stay_are_left_out() -> None:
    """Tests ``x_0`` kept at 1 of the 3 that are served: ``x_1`` and ``y`` do the rest.

    The limit on ``2 y`` is left 20 (``y`` is still a column); with all but ``y`` kept,
    the row of the demand is gone.
    """
    whole = program([1, 2], [5, 7], [3, 3], 20, 1)
    values = np.array([1.0, 2.0, 5.0])
    assert whole.activity(values) == pytest.approx([3.0, 0.0, 10.0])
    less = whole.without(np.array([True, False, False]), values)
    assert less.row_lower.tolist()[:2] == [2.0, 1.0]
    assert less.row_upper.tolist() == [2.0, 1.0, 20.0]
    assert less.cost.tolist() == [7.0, 1.0]
    assert solver.solve_program(less).values == pytest.approx([2.0, 5.0])
    only = whole.without(np.array([True, True, False]), values)
    assert only.shape == (2, 1)
    assert solver.solve_program(only).values == pytest.approx([5.0])
