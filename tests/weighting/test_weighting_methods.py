"""The published methods, each against its formula worked out by hand, its limits, and an independent implementation."""

import inspect
import math

import pytest
import torch
import toy

import mtlkit as mk

TASKS, COUNTS = ("a", "b", "c"), (100, 400, 1600)
LOSSES = torch.tensor([2.0, 0.5, 1.0], dtype=torch.float64)
SECOND = torch.tensor([True, False, True])


def get(name: str, tasks=TASKS, **settings):
    weighting = mk.weighting.get(name, **settings)
    weighting.setup(tasks, COUNTS[: len(tasks)], steps_per_epoch=2, serves=mk.weighting.Need)
    return weighting


def near(value, expected, **close):
    torch.testing.assert_close(value, torch.tensor(expected, dtype=value.dtype), **close)


def minimise(weighting, losses: torch.Tensor, steps: int = 600) -> torch.Tensor:
    """λ after training a method's own parameters at losses that stay."""
    optimizer = torch.optim.Adam(weighting.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        lam = weighting(losses)
        optimizer.step()
    return lam


# What the papers or their authors' code take; a method's default is what a user's first comparison runs.
PUBLISHED = {
    "cagrad": {"c": 0.4},
    "nash_mtl": {"max_norm": 1.0, "every": 1},
    "gradvac": {"beta": 0.5},
    "fairgrad": {"alpha": 1.0},
    "dwa": {"temperature": 2.0},
    "famo": {"lr": 0.025, "decay": 0.001},
    "gradnorm": {"alpha": 1.5},
    "coba": {"tau": 5.0, "every": 1},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_method_begins_with_its_papers_settings(name):
    settings = mk.weighting.get(name).settings
    assert {setting: settings[setting] for setting in PUBLISHED[name]} == PUBLISHED[name]


# -- uncertainty, IMTL-L ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("start, classification, lam", [(0.0, False, 0.5), (-0.5, False, 0.8244), (0.0, True, 1.0)])
def test_uncertainty_begins_as_said(start, classification, lam):
    near(get("uncertainty", start=start, classification=classification)(LOSSES), [lam] * 3, rtol=1e-4, atol=0)


@pytest.mark.parametrize("classification", [False, True])
def test_trained_uncertainty_makes_each_weighted_loss_one_half(classification):
    lam = minimise(get("uncertainty", classification=classification), LOSSES)
    near(lam * LOSSES, [0.5] * 3, rtol=1e-3, atol=0)


def test_trained_imtl_l_makes_each_weighted_loss_one():
    near(minimise(get("imtl_l"), LOSSES) * LOSSES, [1.0] * 3, rtol=1e-3, atol=0)


@pytest.mark.parametrize("name", ["uncertainty", "imtl_l"])
def test_the_gradient_of_its_own_parameters_is_that_of_finite_differences(name):
    method, present, step = get(name), torch.ones(3, dtype=torch.bool), 1e-6
    method.s = torch.nn.Parameter(torch.tensor([0.3, -0.7, 1.1], dtype=torch.float64))
    method(LOSSES)
    for i in range(3):
        ends = []
        for sign in (1, -1):
            moved = get(name)
            moved.s = torch.nn.Parameter(method.s.detach().clone())
            moved.s.data[i] += sign * step
            ends.append(moved.total(LOSSES, present).item())
        assert method.s.grad[i].item() == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)


@pytest.mark.parametrize("name, witness, sign", [("uncertainty", "UW", 1), ("imtl_l", "IMTLL", 1)])
def test_learned_weights_are_those_of_an_independent_implementation(name, witness, sign):
    other = getattr(pytest.importorskip("torchjd.scalarization"), witness)(3).double()
    ours = get(name)
    ours.s = torch.nn.Parameter(ours.s.detach().double())
    optimizers = [torch.optim.SGD(m.parameters(), lr=0.1) for m in (ours, other)]
    for k in range(20):
        losses = LOSSES * (1 + 0.3 * math.sin(k))
        leaf = losses.clone().requires_grad_()
        for optimizer in optimizers:
            optimizer.zero_grad()
        lam = ours(losses)
        other(leaf).backward()
        torch.testing.assert_close(lam, leaf.grad)
        for optimizer in optimizers:
            optimizer.step()


# -- DWA ----------------------------------------------------------------------------------------------------------
def test_dwa_by_hand():
    """Epochs of two steps. Means of a: 3, 2, 1; of b: 2, 2, 2."""
    method = get("dwa", tasks=("a", "b"), temperature=2.0)
    for losses in ([4.0, 2.0], [2.0, 2.0], [3.0, 1.0], [1.0, 3.0]):
        near(method(torch.tensor(losses)), [1.0, 1.0])
    a, b = math.exp(2 / 3 / 2), math.exp(2 / 2 / 2)
    for losses in ([1.0, 2.0], [1.0, 2.0]):
        near(method(torch.tensor(losses)), [2 * a / (a + b), 2 * b / (a + b)])
    a, b = math.exp(1 / 2 / 2), math.exp(1 / 2)
    near(method(torch.tensor([9.0, 9.0])), [2 * a / (a + b), 2 * b / (a + b)])


def test_dwa_is_an_independent_implementations():
    other = pytest.importorskip("torchjd.scalarization").DWA(temperature=0.7)
    ours = get("dwa", temperature=0.7)
    draw = torch.Generator().manual_seed(0)
    for step in range(12):
        losses = (torch.rand(3, generator=draw) + 0.1).double()
        leaf = losses.clone().requires_grad_()
        other(leaf).backward()
        torch.testing.assert_close(ours(losses), leaf.grad)
        if step % 2:
            other.step()


def test_dwa_of_a_task_that_was_not_seen_in_an_epoch():
    method = get("dwa")
    for _ in range(4):
        method(LOSSES, SECOND)
    lam = method(LOSSES / 2)
    assert lam.isfinite().all() and lam[1] == pytest.approx(1.0), "the others did not move, and its rate counts as 1"


def test_a_high_temperature_makes_dwa_equal():
    method = get("dwa", temperature=1e6)
    for k in range(5):
        lam = method(LOSSES * torch.tensor([1.0, 1 + k, 1 / (1 + k)]))
    near(lam, [1.0] * 3, rtol=1e-5, atol=0)


# -- RLW ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("distribution, variance", [("normal", None), ("dirichlet", 2 / 36)])
def test_rlw_draws_weights_that_add_up_to_one_and_favour_nobody(distribution, variance):
    lam = get("rlw", distribution=distribution)(torch.ones(20_000, 3))
    near(lam.sum(-1), [1.0] * 20_000)
    near(lam.mean(0), [1 / 3] * 3, rtol=0, atol=0.01)
    if variance is None:  # softmax of normals, by itself
        variance = torch.randn(200_000, 3).softmax(-1).var(0).mean().item()
    near(lam.var(0), [variance] * 3, rtol=0.05, atol=0)


def test_rlw_draws_anew_at_each_step_and_the_seed_decides():
    method, again = get("rlw"), get("rlw")
    torch.manual_seed(1)
    first, second = method(LOSSES), method(LOSSES)
    torch.manual_seed(1)
    assert torch.equal(again(LOSSES), first) and not torch.equal(first, second)
    assert method(LOSSES, SECOND)[1] == 0 and method(LOSSES, SECOND).sum() == pytest.approx(1)


# -- UW-SO --------------------------------------------------------------------------------------------------------
def test_ldc_mtl_by_hand():
    w = 1 / (1 + math.exp(-1))  # σ(1) for every task at first
    near(get("ldc_mtl", penalty=0.0)(LOSSES), [1 / 3] * 3)
    method = get("ldc_mtl", penalty=0.1)  # of the losses 2, ½ and 1: the first lies above the second, the third as well
    near(method(LOSSES), [1 / 3 + 0.1 * w, 1 / 3 - 0.2 * w, 1 / 3 + 0.1 * w])
    near(method(LOSSES, SECOND), [1 / 2 + 0.1 * w, 0.0, 1 / 2 - 0.1 * w])  # the second is passed over
    near(method(torch.tensor([3.0, 1.0, 1.0]), torch.tensor([False, True, False])), [0.0, 1.0, 0.0])


def test_ldc_mtl_trains_its_numbers_as_the_authors_loop_does():
    """Their total, written out for losses that stay: Adam on what the sigmoids are of."""
    losses, rho, theirs = torch.tensor([2.0, 0.5, 1.0]), 0.05, torch.nn.Parameter(torch.ones(3))
    method = get("ldc_mtl", penalty=rho)
    method.setup(("a", "b", "c"))
    ours = torch.optim.Adam(method.parameters(), lr=0.1)
    optimizer = torch.optim.Adam([theirs], lr=0.1)
    for _ in range(40):
        scaled = theirs.sigmoid() * losses
        total = scaled.sum() / theirs.sigmoid().sum().detach()
        total = total + rho * ((scaled[0] - scaled[1]).abs() + (scaled[1] - scaled[2]).abs())
        near(method.total(losses, torch.tensor([True] * 3)).detach(), float(total.detach()))
        for step, value in ((optimizer, total), (ours, method.total(losses, torch.tensor([True] * 3)))):
            step.zero_grad()
            value.backward()
            step.step()
    near(method.s.detach(), theirs.detach().tolist())


def test_ldc_mtl_brings_the_weighted_losses_together_by_gradient_descent_and_hardly_by_adam():
    found = {}
    for optimizer in (torch.optim.SGD, torch.optim.Adam):
        method = get("ldc_mtl", penalty=1.0)
        method.setup(("a", "b", "c"))
        step = optimizer(method.parameters(), lr=0.05)
        for _ in range(600):
            step.zero_grad()
            method.total(LOSSES, torch.tensor([True] * 3)).backward()
            step.step()
        weighted = method.s.detach().double().sigmoid() * LOSSES
        found[optimizer.__name__] = float(weighted.max() / weighted.min())
    assert found["SGD"] < 1.01 and found["Adam"] > 2, found


def test_ldc_mtl_keeps_its_weights_where_all_sigmoids_have_sunk():
    method = get("ldc_mtl", penalty=0.0, start=-500.0)
    near(method(LOSSES.float()), [1 / 3] * 3)


def test_uw_so_by_hand():
    """1/L = 0.5, 2, 1 at T = 1, twice that at T = ½; an absent task takes no part."""
    e = math.exp
    near(get("uw_so")(LOSSES), [x / (e(0.5) + e(2) + e(1)) for x in (e(0.5), e(2), e(1))])
    near(get("uw_so", temperature=0.5)(LOSSES), [x / (e(1) + e(4) + e(2)) for x in (e(1), e(4), e(2))])
    near(get("uw_so")(LOSSES, SECOND), [e(0.5) / (e(0.5) + e(1)), 0.0, e(1) / (e(0.5) + e(1))])


def test_uw_so_is_equal_at_a_high_temperature_and_leaves_the_smallest_loss_alone_at_a_low_one():
    near(get("uw_so", temperature=1e9)(LOSSES), [1 / 3] * 3)
    near(get("uw_so", temperature=1e-3)(LOSSES), [0.0, 1.0, 0.0])


def test_uw_so_follows_the_weights_that_uncertainty_weighting_would_be_trained_to():
    trained = minimise(get("uncertainty", classification=True), LOSSES)  # λ = 1 / (2 L): half of 1/L
    near(get("uw_so")(LOSSES), (2 * trained).softmax(-1).tolist(), rtol=1e-3, atol=0)


# -- GLS, STCH ----------------------------------------------------------------------------------------------------
def test_gls_is_the_gradient_of_the_geometric_mean():
    leaf = LOSSES.clone().requires_grad_()
    mean = leaf.prod() ** (1 / 3)
    mean.backward()
    torch.testing.assert_close(get("gls")(LOSSES), leaf.grad)
    near(get("gls")(LOSSES, SECOND), [2**0.5 / 4, 0.0, 2**0.5 / 2])
    other = pytest.importorskip("torchjd.scalarization").GeometricMean()
    other(again := LOSSES.clone().requires_grad_()).backward()
    torch.testing.assert_close(again.grad, leaf.grad)


def test_gls_does_not_know_units():
    lam, louder = get("gls")(LOSSES), get("gls")(LOSSES * torch.tensor([1000.0, 1.0, 1.0]))
    pull = lam * LOSSES, louder * LOSSES * torch.tensor([1000.0, 1.0, 1.0])  # λ_i times a gradient that is as loud
    near(pull[0] / pull[0].sum(), [1 / 3] * 3)
    near(pull[1] / pull[1].sum(), [1 / 3] * 3)


def test_stch_by_hand():
    method = get("stch", mu=0.5, warm_up=2)
    near(method(LOSSES), [0.5, 2.0, 1.0])
    near(method(3 * LOSSES), [1 / 6, 2 / 3, 1 / 3])
    nadir, now = 2 * LOSSES, torch.tensor([2.0, 2.0, 1.0]).double()
    powers = (now / nadir) ** 2  # exp(log(ratio) / μ)
    torch.testing.assert_close(method(now), powers / powers.sum() / now)


def test_a_small_mu_leaves_the_worst_task_alone():
    method = get("stch", mu=0.01, warm_up=1)
    method(LOSSES)
    near(method(LOSSES * torch.tensor([1.0, 1.5, 1.0])) * 0.75, [0.0, 1.0, 0.0])


def test_plain_stch_is_an_independent_implementations():
    other = pytest.importorskip("torchjd.scalarization").STCH(mu=0.3)
    leaf = LOSSES.clone().requires_grad_()
    other(leaf).backward()
    torch.testing.assert_close(get("stch", plain=True, mu=0.3)(LOSSES), leaf.grad)


# -- FAMO ---------------------------------------------------------------------------------------------------------
def test_famo_by_hand():
    """Two tasks; the first falls to half of its loss, the second stays."""
    method, fell = get("famo", tasks=("a", "b"), lr=0.1, decay=0.0), torch.tensor([True, True])
    losses = torch.tensor([2.0, 0.5]).double()
    near(method(losses), [0.2, 0.8])  # z = ½: (¼, 1) over their sum
    method.on_step_end(losses * torch.tensor([0.5, 1.0]), fell)
    near(method.w, [-0.1, 0.1], rtol=1e-6, atol=0)  # Adam's first step is lr, whatever the gradient's size
    z = math.exp(-0.1) / (math.exp(-0.1) + math.exp(0.1))
    a, b = z / 1.0, (1 - z) / 0.5
    near(method(losses * torch.tensor([0.5, 1.0])), [a / (a + b), b / (a + b)], rtol=1e-6, atol=0)


def test_famo_is_an_independent_implementations():
    other = pytest.importorskip("torchjd.scalarization").FAMO(3, lr=0.025, weight_decay=0.01).double()
    ours, draw = get("famo", decay=0.01), torch.Generator().manual_seed(0)
    for _ in range(30):
        before, after = (torch.rand(2, 3, generator=draw) + 0.1).double()
        leaf = before.clone().requires_grad_()
        other(leaf).backward()
        torch.testing.assert_close(ours(before), leaf.grad, rtol=1e-5, atol=1e-7)
        other.update(after)
        ours.on_step_end(after, torch.ones(3, dtype=torch.bool))


def test_famo_leaves_an_absent_task_as_it_was():
    method, present = get("famo"), torch.ones(3, dtype=torch.bool)
    method(LOSSES)
    method.on_step_end(LOSSES / 2, present)
    kept = {name: value.clone() for name, value in method.state_dict().items()}
    method(LOSSES, SECOND)
    method.on_step_end(LOSSES / torch.tensor([1.0, 9.0, 3.0]), SECOND)
    for name, value in method.state_dict().items():
        assert value[1] == kept[name][1] and (name == "before" or value[0] != kept[name][0]), name


def test_a_run_tells_famo_the_same_batchs_losses_after_the_step(tmp_path_factory):
    """Under the same dropout: with a learning rate of nothing they are what they were before."""
    encoder = mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))
    corpus = toy.corpus(["colour", "tags"])
    for accumulate in (1, 2):
        method, told = mk.weighting.FAMO(), []
        method.on_step_end = lambda losses, present, told=told: told.append((losses, present))
        model = mk.MultiTaskModel(encoder, corpus.tasks)
        sizes = {"steps": 4, "batch_size": 16, "accumulate": accumulate, "validate": None}
        run = mk.Run(model, corpus, method, lr=1e-30, head_lr=1e-30, **sizes)
        steps = list(run)
        for step, (losses, present) in zip(steps, told, strict=True):
            torch.testing.assert_close(losses, step.losses, rtol=1e-5, atol=1e-6)
            assert present.all()
    plain = mk.Run(
        mk.MultiTaskModel(encoder, corpus.tasks), corpus, mk.weighting.FAMO(), steps=4, batch_size=16, validate=None
    )
    list(plain)
    assert plain.weighting.w.abs().min() > 0


# -- sizes --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("tau, expected", [(0, [1, 1, 1]), (1, [1 / 7, 4 / 7, 16 / 7]), (0.5, [3 / 7, 6 / 7, 12 / 7])])
def test_the_sizes_count_by_their_power(tau, expected):
    near(get("size_temperature", tau=tau)(LOSSES), expected)
    lam = get("size_temperature", tau=1)(LOSSES, SECOND)
    near(lam, [2 / 17, 0.0, 32 / 17])


def test_sizes_need_counts():
    with pytest.raises(ValueError, match="size_temperature needs the tasks' numbers of labelled rows"):
        mk.weighting.get("size_temperature")(LOSSES)
    sizes = mk.weighting.get("size_temperature")
    sizes.setup(TASKS, [10, 0, 5])
    with pytest.raises(ValueError, match="needs labelled rows, and the task 'b' has 0: label some, or leave it out"):
        sizes(LOSSES)


@pytest.mark.parametrize(
    "name, wrong, said",
    [
        ("dwa", {"temperature": 0.0}, "temperature should be above 0; found 0"),
        ("dwa", {"every": 1.5}, "every should be a whole number of at least 1; found 1.5"),
        ("stch", {"mu": -1.0}, "mu should be above 0; found -1"),
        ("rlw", {"distribution": "cauchy"}, "no distribution 'cauchy'. Known: normal, dirichlet"),
        ("uncertainty", {"start": math.nan}, "start should be a finite number"),
        ("size_temperature", {"tau": math.inf}, "tau should be a finite number"),
        ("gradnorm", {"alpha": -1.0}, "alpha should be a finite number, 0 or more; found -1"),
        ("coba", {"window": None}, "window should be a whole number of at least 1; found None"),
        ("task_priority", {"momentum": 0.0}, "momentum should be above 0 and at most 1; found 0"),
        ("cagrad", {"c": 1.0}, "c should be at least 0 and below 1; found 1"),
        ("gradvac", {"beta": 1.5}, "beta should be at least 0 and at most 1; found 1.5"),
        ("sigmoid", {"smoothing": torch.tensor([[0.5], [1.0]])}, "smoothing should be at least 0 and below 1; found"),
        ("sigmoid", {"beta": {"a": torch.ones(2, 1)}}, "beta of the task 'a' should be a finite number; found tensor"),
        ("pcgrad", {"on": "heads"}, "Known: parameters, representation"),
    ],
)
def test_settings_out_of_range_are_said(name, wrong, said):
    with pytest.raises(ValueError, match=said):
        mk.weighting.get(name, **wrong)


def defaults(kind: type) -> list[tuple[str, str]]:
    """(method, setting) of all settings whose default is of a type."""
    return [
        (name, setting.name)
        for name, method in sorted(mk.weighting.METHODS.items())
        for setting in inspect.signature(method.cls).parameters.values()
        if type(setting.default) is kind
    ]


@pytest.mark.parametrize("name, setting", defaults(float))
def test_a_number_may_be_one_for_each_of_parallel_runs_where_a_method_has_them(name, setting):
    """Then each run gets what it gets alone; else it is said."""
    values = [0.5, 0.75]
    several = torch.tensor(values)[:, None]
    if not mk.weighting.METHODS[name].cls.per_run:
        with pytest.raises(ValueError, match=f"{setting} should be one number; found a tensor of shape .2, 1.."):
            mk.weighting.get(name, **{setting: several})
        return
    more = {"warm_up": 2, "window": 3} if name == "coba" else {"every": 1} if name == "dwa" else {}
    more |= {"warm_up": 1} if name == "stch" else {}
    together, *apart = (get(name, **{setting: value}, **more) for value in (several, *values))
    losses = torch.rand(4, 2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + LOSSES
    for now in losses:
        lam = told(together, now)
        torch.testing.assert_close(lam, torch.stack([told(one, row) for one, row in zip(apart, now, strict=True)]))
    assert not torch.allclose(told(together, LOSSES.expand(2, 3)).diff(dim=0), torch.zeros(1).double(), atol=1e-9)


def told(weighting, losses: torch.Tensor) -> torch.Tensor:
    """λ after a step in which a method is told all that one may need."""
    there = torch.ones_like(losses, dtype=torch.bool)
    weighting.on_validation(losses**0.9, there)
    weighting.on_metrics((-losses).exp())
    lam = weighting(losses)
    weighting.on_gradient_norms(losses.sqrt(), losses, there)
    weighting.on_step_end(losses * torch.linspace(0.8, 1.1, 3, dtype=losses.dtype), there)
    return lam


@pytest.mark.parametrize("name, setting", defaults(bool))
def test_a_switch_takes_true_and_false_alone(name, setting):
    for wrong in ("no", None, 2, torch.ones(2, 1)):  # bool("no") is True
        with pytest.raises(ValueError, match=f"{setting} should be True or False; found"):
            mk.weighting.get(name, **{setting: wrong})
    weighting = get(name, **{setting: True})
    with pytest.raises(ValueError, match=f"{setting} should be True or False; found 'no'"):
        setattr(weighting, setting, "no")
    assert weighting.settings[setting] is True


@pytest.mark.parametrize("name, setting", defaults(str))
def test_a_word_is_checked_when_it_is_assigned_later(name, setting):
    weighting = get(name)
    with pytest.raises(ValueError, match=f"There is no {setting} 'heads'. Known: {weighting.settings[setting]}, "):
        setattr(weighting, setting, "heads")


# -- in a run -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", sorted(set(mk.weighting.METHODS) - {"fixed"}))
def test_a_run_is_killed_and_goes_on_bit_for_bit(name, tmp_path, tmp_path_factory):
    encoder = mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))
    corpus = toy.corpus(["colour", "tags", "rare"])

    def run(**more):
        model = mk.MultiTaskModel(encoder, corpus.tasks)
        weighting = mk.weighting.get(name, **({"warm_up": 3, "window": 4} if name == "coba" else {}))
        validate = 4 if name == "task_priority" else None
        return mk.Run(model, corpus, weighting, steps=14, batch_size=24, lr=1e-3, validate=validate, **more)

    whole = run()
    for _ in whole:
        pass
    cut = run(checkpoint=tmp_path, checkpoint_every=5)
    for step in cut:
        if step.step == 12:
            break
    again = run(checkpoint=tmp_path, checkpoint_every=5)
    assert again.resumed_from == 10
    for _ in again:
        pass
    frames = [each.history.frame().drop(columns="seconds") for each in (whole, again)]
    assert frames[0].equals(frames[1])
    if list(whole.weighting.parameters()):
        assert not torch.equal(whole.weighting.s.detach(), run().weighting.s.detach()), "its parameters were trained"
    whole.reset()
    for _ in whole:
        pass
    assert whole.history.frame().drop(columns="seconds").equals(frames[0])
