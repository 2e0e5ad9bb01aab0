"""Loss weights: laws that hold for every registered method, and each method's own formula."""

import copy
import io
import json
import math

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from waiting import NoSync

import mtlkit as mk
from mtlkit.weighting import METHODS, Need, Weighting

TASKS = ("topic", "minutes", "urgency")
COUNTS = (2000, 500, 100)
LOSSES = torch.tensor([1.9, 40.0, 0.1], dtype=torch.float64)

# Every method at its defaults, and the settings that change what a method remembers or how it is differentiated.
LOSS_BASED = {name for name, method in METHODS.items() if method.kind == "loss-based"}
CASES = {name: {} for name in LOSS_BASED} | {
    "fixed": {"lambdas": dict(zip(TASKS, (1.0, 0.01, 2.5), strict=True))},
    "sigmoid α<0": {"alpha": -2.0},
    "sigmoid β per task": {"beta": {"minutes": 20.0, "topic": 1.0, "urgency": 0.2}},
    "sigmoid normalize": {"normalize": True},
    "sigmoid relative": {"relative": True},
    "sigmoid smoothing": {"smoothing": 0.9},
    "sigmoid sizes": {"size_exponent": 0.5},
    "sigmoid through": {"detach": False},
    "uncertainty classification": {"start": -0.5, "classification": True},
    "dwa short": {"every": 2, "temperature": 0.5},
    "rlw dirichlet": {"distribution": "dirichlet"},
    "stch short": {"warm_up": 2, "mu": 0.3},
    "stch plain": {"plain": True},
    "size_temperature below": {"tau": -0.5},
    "gradnorm even": {"alpha": 0.0},
    "coba short": {"warm_up": 2, "window": 3},
    "coba published": {"warm_up": 1, "window": 4, "clamp": False, "second_softmax": True},
    "sigmoid all": dict(normalize=True, relative=True, smoothing=0.5, size_exponent=-0.3, detach=False),
}


def make(case: str, tasks=TASKS) -> Weighting:
    weighting = mk.weighting.get(case.split()[0], **CASES[case])
    by_name = dict(zip(TASKS, COUNTS, strict=True))
    weighting.setup(tasks, [by_name[t] for t in tasks], serves=Need)
    return weighting


every_case = pytest.mark.parametrize("case", sorted(CASES))
# RLW draws its weights: two of them agree on nothing, and its own tests say what holds.
every_fixed_case = pytest.mark.parametrize("case", sorted(case for case in CASES if not case.startswith("rlw")))


def step(weighting: Weighting, losses: torch.Tensor, present: torch.Tensor | None = None, looks=True) -> torch.Tensor:
    """λ, after the method was told what it needs, as `Run` would. looks: also what it sees on validation rows."""
    there = torch.ones_like(losses, dtype=torch.bool) if present is None else present
    if looks and "validation" in weighting.needs:
        weighting.on_validation(losses**0.9, there)
    if looks and "metrics" in weighting.needs:
        weighting.on_metrics(torch.where(there, (-losses).exp(), math.nan))
    lam = weighting(losses, present)
    if "gradients" in weighting.needs:
        weighting.on_gradient_norms(losses.sqrt(), losses, there)
    if Need.SECOND_FORWARD in weighting.needs:
        weighting.on_step_end(losses * torch.linspace(0.8, 1.1, losses.shape[-1], dtype=losses.dtype), there)
    return lam


def stream(steps: int = 4, runs: tuple[int, ...] = ()) -> torch.Tensor:
    """Losses (steps, *runs, 3) of quite different scales."""
    generator = torch.Generator().manual_seed(7)
    noise = torch.rand(steps, *runs, 3, generator=generator, dtype=torch.float64)
    return (0.2 + noise) * LOSSES


def test_every_registered_method_is_tried():
    assert {case.split()[0] for case in CASES} == LOSS_BASED and len(LOSS_BASED) >= 14


@every_fixed_case
def test_the_order_of_the_tasks_does_not_matter(case):
    order = [2, 1, 0] if case == "ldc_mtl" else [2, 0, 1]  # which compares those beside each other
    here, there = make(case), make(case, [TASKS[i] for i in order])
    for losses in stream():
        torch.testing.assert_close(here(losses)[order], there(losses[order]))


@every_fixed_case
def test_parallel_runs_equal_single_runs(case):
    losses = stream(runs=(2, 5))
    present = torch.rand(losses.shape, generator=torch.Generator().manual_seed(1)) < 0.7
    together, looks = make(case), "metrics" not in METHODS[case.split()[0]].needs  # those of one run
    apart = [[make(case) for _ in range(5)] for _ in range(2)]
    for now, there in zip(losses, present, strict=True):
        lam = step(together, now, there, looks)
        for i in range(2):
            for j in range(5):
                torch.testing.assert_close(lam[i, j], step(apart[i][j], now[i, j], there[i, j], looks))


@every_fixed_case
def test_an_absent_task_has_no_weight_and_leaves_no_trace(case):
    kept, pair = make(case), make(case)
    step(kept, LOSSES), step(pair, LOSSES)
    before = copy.deepcopy(pair.state_dict())
    present = torch.tensor([True, False, True])
    results = []
    for nonsense in (0.0, math.nan, math.inf, 1e30):
        losses = torch.tensor([1.0, nonsense, 0.3], dtype=torch.float64)
        weighting = copy.deepcopy(pair)
        results.append(step(weighting, losses, present, looks=False))
        assert results[-1][1] == 0 and results[-1].isfinite().all()
        for key, value in weighting.state_dict().items():
            if len(value) == len(TASKS):  # else it is the run's: the step
                torch.testing.assert_close(value[1], before[key][1], rtol=0, atol=0, equal_nan=True, msg=key)
    for lam in results[1:]:
        assert torch.equal(lam, results[0])


@every_fixed_case
def test_a_first_step_without_a_task_is_no_first_step_for_it(case):
    late, fresh = make(case), make(case)
    late(torch.tensor([math.nan, math.nan, math.nan]).double(), torch.zeros(3, dtype=torch.bool))
    torch.testing.assert_close(late(LOSSES), fresh(LOSSES))


@every_case
def test_no_task_present_gives_noughts(case):
    lam = make(case)(LOSSES, torch.zeros(3, dtype=torch.bool))
    assert torch.equal(lam, torch.zeros(3, dtype=torch.float64))


@every_case
def test_lambda_is_a_detached_copy_in_the_losses_type(case):
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        losses = LOSSES.to(dtype, copy=True).requires_grad_()
        lam = make(case)(losses)
        assert lam.dtype == dtype and not lam.requires_grad and lam.shape == losses.shape
        assert losses.grad is None and torch.equal(losses.detach(), LOSSES.to(dtype))
        losses.backward(lam)  # as Run does
        assert torch.equal(losses.grad, lam)


@every_fixed_case
def test_the_recorded_weight_is_the_gradient_of_the_total(case):
    weighting, witness = make(case), make(case)
    present = torch.ones(3, dtype=torch.bool)
    for losses in stream():
        leaf = losses.clone().requires_grad_()
        witness.total(leaf, present).backward()
        torch.testing.assert_close(weighting(losses), leaf.grad)


def test_the_guard_against_waiting_sees_a_wait():
    with NoSync(), pytest.raises(AssertionError, match="waits"):
        LOSSES.sum().item()


@every_case
def test_a_step_never_waits_for_the_device(case):
    weighting = make(case)
    present = torch.tensor([True, False, True])
    with NoSync():
        for losses in stream():
            step(weighting, losses)
            step(weighting, losses, present)
    # A tensor without numbers: anything that looks at one raises.
    assert make(case).to("meta")(LOSSES.to("meta")).device.type == "meta"


@every_fixed_case
def test_the_state_survives_a_save_at_any_step(case):
    losses = stream(6)
    for at in range(5):
        whole = make(case)
        for now in losses[:at]:
            step(whole, now)
        file = io.BytesIO()
        torch.save(whole.state_dict(), file)
        file.seek(0)
        resumed = make(case)
        step(resumed, losses[5] * 3)  # whatever it had seen is replaced
        resumed.load_state_dict(torch.load(file, weights_only=True))
        for now in losses[at:]:
            assert torch.equal(step(whole, now), step(resumed, now))


@every_fixed_case
def test_reset_and_setup_forget_the_past(case):
    weighting, fresh = make(case), make(case)
    expected = fresh(LOSSES)
    for forget in (weighting.reset, lambda: weighting.setup(TASKS, COUNTS, serves=Need)):
        step(weighting, 3 * LOSSES)
        forget()
        assert torch.equal(weighting(LOSSES), expected)


@every_fixed_case
def test_the_settings_make_the_same_method_again(case):
    weighting = make(case)
    kept = json.loads(json.dumps(weighting.settings))
    assert kept == weighting.settings
    again = mk.weighting.get(weighting.name, **kept)
    again.setup(TASKS, COUNTS, serves=Need)
    for losses in stream():
        assert torch.equal(again(losses), weighting(losses))


@every_case
@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e4, 1e9, 1e30])
def test_extreme_losses_give_finite_weights(case, scale):
    weighting = make(case)
    for losses in (scale * torch.rand(3), torch.zeros(3), scale * torch.ones(3), torch.rand(3)):
        assert weighting(losses).isfinite().all()


@every_case
def test_wrong_shapes_are_said(case):
    weighting = make(case)
    with pytest.raises(ValueError, match="single number"):
        weighting(torch.tensor(1.0))
    with pytest.raises(ValueError, match=r"topic, minutes, urgency; found \(4,\)"):
        weighting(torch.ones(4))
    with pytest.raises(ValueError, match="`present` should be a bool tensor"):
        weighting(LOSSES, torch.ones(2, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"`present` should be .* found torch.float32"):
        weighting(LOSSES, torch.ones(3))


@every_case
def test_every_method_says_where_it_is_from_and_what_it_costs(case):
    method = METHODS[case.split()[0]]
    assert method.paper and method.needs == method.cls.needs <= set(Need)
    for word in ("λ_i =", "Needs: ", "Cost: "):
        assert word in method.cls.__doc__


# The methods' own formulas, computed by hand in Python floats.


def sigma(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def test_equal_is_one_and_fixed_is_what_was_said():
    assert mk.Equal()(LOSSES).tolist() == [1, 1, 1]
    fixed = mk.Fixed({"minutes": 0.01, "topic": 1.0, "urgency": 2.0})
    assert fixed(LOSSES).tolist() == [0.01, 1.0, 2.0]  # no setup: the dict's order
    fixed.setup(TASKS, COUNTS)
    assert fixed(LOSSES).tolist() == [1.0, 0.01, 2.0]
    assert mk.Fixed([1, 2])(torch.ones(3, 2)).tolist() == [[1, 2]] * 3
    fixed.lambdas["topic"] = 4.0
    assert fixed(LOSSES)[0] == 4
    assert mk.Fixed(0.5)(LOSSES).tolist() == [0.5] * 3


@pytest.mark.parametrize("alpha, beta", [(1.0, 0.5), (-3.0, 1.0), (0.0, 9.0), (20.0, 0.1)])
def test_sigmoid_is_the_formula(alpha, beta):
    expected = [sigma(alpha * (x - beta)) for x in LOSSES.tolist()]
    assert mk.Sigmoid(alpha, beta)(LOSSES).tolist() == pytest.approx(expected, rel=1e-14)


def test_sigmoid_takes_a_beta_per_task():
    by_name = mk.Sigmoid(2.0, beta={"urgency": 0.3, "topic": 1.0, "minutes": 39.0})
    by_name.setup(TASKS, COUNTS)
    expected = [sigma(2 * (x - b)) for x, b in zip(LOSSES.tolist(), (1.0, 39.0, 0.3), strict=True)]
    assert by_name(LOSSES).tolist() == pytest.approx(expected, rel=1e-14)
    assert mk.Sigmoid(2.0, beta=(1.0, 39.0, 0.3))(LOSSES).tolist() == pytest.approx(expected, rel=1e-14)


def test_sigmoid_obeys_an_assignment_at_once():
    weighting = mk.Sigmoid()
    weighting(LOSSES)
    weighting.alpha, weighting.beta = 2, 1
    assert weighting(LOSSES).tolist() == pytest.approx([sigma(2 * (x - 1)) for x in LOSSES.tolist()])
    assert weighting.settings["alpha"] == 2.0 and "alpha=2.0" in repr(weighting)


@pytest.mark.parametrize("alpha", [1.0, -2.0])
def test_the_gradient_through_lambda_adds_its_own_term(alpha):
    expected = []
    for x in LOSSES.tolist():
        lam = sigma(alpha * (x - 0.5))
        expected.append(lam + alpha * lam * (1 - lam) * x)
    assert mk.Sigmoid(alpha, detach=False)(LOSSES).tolist() == pytest.approx(expected, rel=1e-12)


def test_relative_looks_at_the_loss_over_the_first():
    weighting = mk.Sigmoid(alpha=3.0, beta=0.8, relative=True)
    assert weighting(LOSSES).tolist() == pytest.approx([sigma(3 * (1 - 0.8))] * 3)
    later = torch.tensor([0.95, 10.0, 0.2], dtype=torch.float64)
    expected = [sigma(3 * (r - 0.8)) for r in (0.5, 0.25, 2.0)]
    assert weighting(later).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("first", [0.0, -0.5])
def test_a_first_loss_of_nought_or_below_is_no_unit(first):
    weighting = mk.Sigmoid(alpha=3.0, beta=0.8, relative=True)
    assert weighting(torch.tensor([first, 2.0])).tolist() == pytest.approx([sigma(3 * first - 2.4), sigma(0.6)])
    assert weighting(torch.tensor([4.0, 1.0])).tolist() == pytest.approx([sigma(0.6), sigma(-0.9)])
    assert weighting(torch.tensor([2.0, 1.0])).tolist() == pytest.approx([sigma(-0.9)] * 2)


def test_smoothing_is_an_exponential_mean_started_at_the_first_loss():
    weighting = mk.Sigmoid(smoothing=0.75)
    mean = None
    for now in (2.0, 6.0, 1.0, 0.0):
        mean = now if mean is None else 0.75 * mean + 0.25 * now
        lam = weighting(torch.tensor([now], dtype=torch.float64))
        assert lam.item() == pytest.approx(sigma(mean - 0.5), rel=1e-12)


def test_smoothing_comes_after_relative_and_the_past_is_constant_to_the_gradient():
    weighting = mk.Sigmoid(alpha=2.0, beta=0.3, relative=True, smoothing=0.75, detach=False)
    first, second = 4.0, 1.0
    weighting(torch.tensor([first], dtype=torch.float64))
    lam = sigma(2 * (0.75 * 1 + 0.25 * second / first - 0.3))
    expected = lam + lam * (1 - lam) * 2 * 0.25 / first * second
    assert weighting(torch.tensor([second], dtype=torch.float64)).item() == pytest.approx(expected, rel=1e-12)


def test_switching_relative_starts_the_mean_anew():
    weighting = mk.Sigmoid(smoothing=0.9)
    weighting(torch.tensor([50.0]))
    weighting.relative = True
    assert weighting(torch.tensor([50.0])).item() == pytest.approx(sigma(1 - 0.5))


def test_sizes_have_mean_one():
    weighting = mk.Sigmoid(alpha=0.0, size_exponent=0.5)
    weighting.setup(TASKS, COUNTS)
    roots = [n**0.5 for n in COUNTS]
    expected = [0.5 * r / (sum(roots) / 3) for r in roots]
    assert weighting(LOSSES).tolist() == pytest.approx(expected, rel=1e-12)


def test_normalize_keeps_the_proportions():
    plain, scaled = mk.Sigmoid(2.0), mk.Sigmoid(2.0, normalize=True)
    lam = plain(LOSSES)
    torch.testing.assert_close(scaled(LOSSES), 3 * lam / lam.sum())


finite = st.floats(allow_nan=False, allow_infinity=False)
loss = st.floats(0, 2.0**100, width=32)


@settings(max_examples=200, deadline=None)
@given(losses=st.lists(loss, min_size=1, max_size=6), alpha=finite, beta=finite, data=st.data())
def test_sigmoid_is_safe_for_any_floats(losses, alpha, beta, data):
    mask = data.draw(st.lists(st.booleans(), min_size=len(losses), max_size=len(losses)))
    for dtype in (torch.float32, torch.float64):
        present = torch.tensor(mask)
        lam = mk.Sigmoid(alpha, beta)(torch.tensor(losses, dtype=dtype), present)
        assert ((lam >= 0) & (lam <= 1)).all() and (lam[~present] == 0).all()
        lam = mk.Sigmoid(alpha, beta, normalize=True)(torch.tensor(losses, dtype=dtype), present)
        assert (lam >= 0).all() and (lam[~present] == 0).all()
        assert lam.sum().item() == pytest.approx(sum(mask), rel=1e-5)


@settings(max_examples=100, deadline=None)
@given(
    losses=st.lists(st.floats(0, 1e9), min_size=2, max_size=6),
    alpha=st.floats(-1e6, 1e6),
    beta=st.floats(-1e9, 1e9),
    flags=st.tuples(*[st.booleans()] * 3),
    smoothing=st.floats(0, 0.999),
)
@example([5.0, 1.1754943508222875e-38], -2.0, 0.0, (True, True, False), 0.0)  # its true weight is beyond float32
def test_sigmoid_stays_finite_and_ordered(losses, alpha, beta, flags, smoothing):
    normalize, relative, detach = flags
    weighting = mk.Sigmoid(alpha, beta, detach, normalize, relative, smoothing)
    now = torch.tensor(losses)
    for _ in range(3):
        lam = weighting(now)
        assert lam.isfinite().all()
        now = now * 0.5
    lam = mk.Sigmoid(abs(alpha), beta, normalize=normalize)(torch.tensor(losses).sort().values)
    assert (lam.diff() >= -1e-6).all()  # α ≥ 0: a larger loss never has a smaller weight


# What goes wrong, and what is said.


@pytest.mark.parametrize("bad", [math.nan, math.inf, "2", None, [1.0]])
def test_a_bad_alpha_is_refused_when_assigned(bad):
    weighting = mk.Sigmoid()
    with pytest.raises(ValueError, match="alpha should be a finite number"):
        weighting.alpha = bad
    assert weighting.alpha == 1.0


def test_bad_settings_are_named():
    with pytest.raises(ValueError, match="beta should be a finite number; found nan"):
        mk.Sigmoid(beta=math.nan)
    with pytest.raises(ValueError, match="beta of the task 'topic' should be a finite number; found nan"):
        mk.Sigmoid(beta={"topic": math.nan})
    for smoothing in (1.0, -0.1):
        with pytest.raises(ValueError, match="smoothing should be at least 0 and below 1"):
            mk.Sigmoid(smoothing=smoothing)
    with pytest.raises(ValueError, match="λ of the task 'topic' should be a finite number, 0 or more; found -1"):
        mk.Fixed({"topic": -1, "minutes": 1})
    with pytest.raises(ValueError, match="λ of entry 1 should be a finite number"):
        mk.Fixed([1.0, math.nan])


@pytest.mark.parametrize("make_one", [lambda v: mk.Fixed(v), lambda v: mk.Sigmoid(beta=v)], ids=["λ", "β"])
def test_numbers_for_wrong_tasks_are_named(make_one):
    def setup(value):
        weighting = make_one(value)
        weighting.setup(TASKS, COUNTS)

    with pytest.raises(ValueError, match="no task 'topci'. Did you mean 'topic'. Known: topic, minutes, urgency"):
        setup({"topci": 1, "minutes": 1, "urgency": 1})
    with pytest.raises(ValueError, match="no value for the task 'urgency'"):
        setup({"topic": 1, "minutes": 1})
    with pytest.raises(ValueError, match="needs 3 numbers, for topic, minutes, urgency; found 2"):
        setup([1, 1])
    with pytest.raises(ValueError, match="2 numbers, and there are 3 losses"):
        make_one([1, 1])(LOSSES)
    weighting = make_one([1, 1, 1])
    weighting.setup(TASKS, COUNTS)
    with pytest.raises(ValueError, match="no task 'topci'"):
        setattr(weighting, "lambdas" if weighting.name == "fixed" else "beta", {"topci": 1})


def test_a_dict_changed_in_place_is_checked_too():
    weighting = mk.Sigmoid(beta={"topic": 1.0, "minutes": 1.0, "urgency": 1.0})
    weighting.setup(TASKS, COUNTS)
    weighting.beta["topic"] = math.nan
    with pytest.raises(ValueError, match="beta of the task 'topic'"):
        weighting(LOSSES)


def test_sizes_need_counts():
    with pytest.raises(ValueError, match=r"setup\(tasks, counts\)"):
        mk.Sigmoid(size_exponent=1.0)(LOSSES)
    weighting = mk.Sigmoid(size_exponent=1.0)
    weighting.setup(TASKS, (10, 0, 5))
    with pytest.raises(ValueError, match="the task 'minutes' has 0"):
        weighting(LOSSES)


def test_setup_wants_tasks_of_different_names():
    for tasks in ([], ["a", "a"]):
        with pytest.raises(ValueError, match="different names"):
            mk.Equal().setup(tasks)
    with pytest.raises(ValueError, match="one number for each of topic, minutes, urgency"):
        mk.Equal().setup(TASKS, [1, 2])


def test_another_shape_than_remembered_is_an_error():
    weighting = mk.Sigmoid(relative=True)
    weighting(torch.ones(3))
    with pytest.raises(ValueError, match=r"remembers losses of shape \(3,\) and was handed \(2,\)"):
        weighting(torch.ones(2))
    weighting.reset()
    assert weighting(torch.ones(2)).shape == (2,)


def test_unknown_names_and_settings_are_answered_with_the_right_ones():
    with pytest.raises(
        ValueError, match="no weighting 'sigmiod'. Did you mean 'sigmoid'. Known: aligned_mtl, cagrad, coba"
    ):
        mk.weighting.get("sigmiod")
    with pytest.raises(ValueError, match="'sigmoid' setting 'aplha'. Did you mean 'alpha'. Known: alpha, beta"):
        mk.weighting.get("sigmoid", aplha=2)
    with pytest.raises(ValueError, match="'equal' setting 'alpha'. Known: none"):
        mk.weighting.get("equal", alpha=2)
    with pytest.raises(ValueError, match="'fixed' needs lambdas"):
        mk.weighting.get("fixed")
    assert mk.weighting.get("sigmoid", alpha=2).alpha == 2


# A method of one's own, as a notebook writes it.


@pytest.fixture
def spare_registry():
    before = set(METHODS)
    yield
    for name in set(METHODS) - before:
        METHODS.remove(name)


class Inverse(Weighting):
    def __init__(self, power=1.0):
        super().__init__()
        self.power = power

    def weights(self, losses, present):
        return losses**-self.power


class GeometricMean(Weighting):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.zeros(()))

    def total(self, losses, present):
        return self.scale.exp() * losses.log().mul(present).sum(-1).div(present.sum(-1)).exp()


def test_a_method_of_ones_own_is_a_few_lines(spare_registry):
    own = Inverse(power=2)
    assert own(torch.tensor([2.0, 4.0])).tolist() == [1 / 4, 1 / 16]
    assert own.name == "Inverse" and own.settings == {"power": 2}
    mk.weighting.register("inverse")(Inverse)
    assert mk.weighting.get("inverse", power=3).power == 3
    assert mk.weighting.names().loc["inverse"].tolist() == ["loss-based", "nothing", ""]


def test_a_total_gives_its_gradient_also_to_the_methods_parameters():
    own = GeometricMean()
    losses = torch.tensor([2.0, 8.0, math.nan])
    lam = own(losses, torch.tensor([True, True, False]))
    assert lam.tolist() == pytest.approx([4 / (2 * 2), 4 / (2 * 8), 0])
    assert own.scale.grad.item() == pytest.approx(4)


def test_a_taken_name_is_refused(spare_registry):
    with pytest.raises(ValueError, match="'sigmoid' is taken by Sigmoid"):
        mk.weighting.register("sigmoid")(Inverse)
    mk.weighting.register("inverse")(Inverse)
    mk.weighting.register("inverse")(Inverse)  # a cell run again
    with pytest.raises(ValueError, match="taken"):
        mk.weighting.register("inverse")(GeometricMean)


def test_a_method_that_gives_a_wrong_shape_is_told():
    class Sum(Weighting):
        def weights(self, losses, present):
            return losses.sum(-1)

    class Vector(Weighting):
        def total(self, losses, present):
            return losses

    with pytest.raises(ValueError, match=r"Sum.weights should give one λ per loss, shape \(3,\), found \(\)"):
        Sum()(LOSSES)
    with pytest.raises(ValueError, match=r"Vector.total should give one number per run, shape \(\)"):
        Vector()(LOSSES)
