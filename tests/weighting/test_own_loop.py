"""Weightings in a training loop of one's own: without a corpus, a model of ours, or a Run."""

import math

import pytest
import torch
from torch import nn

import mtlkit as mk
from mtlkit.weighting import METHODS, Need, StepContext, Weighting

TASKS = ("a", "b", "c")
NEEDY = sorted(name for name, method in METHODS.items() if method.needs)
PLAIN = sorted(name for name, method in METHODS.items() if not method.needs)
SETTINGS = {"fixed": {"lambdas": [1.0, 2.0, 0.5]}}


class Net(nn.Module):
    """A trunk and three heads that regress."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(4, 6)
        self.heads = nn.ModuleList(nn.Linear(6, 1) for _ in TASKS)

    def forward(self, x, y):
        h = self.trunk(x).tanh()
        return h, torch.stack([(head(h).squeeze(-1) - y[:, i]).pow(2).mean() for i, head in enumerate(self.heads)])


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(16, 4, generator=generator), torch.randn(16, 3, generator=generator)


def net() -> Net:
    torch.manual_seed(0)
    return Net()


def get(name: str, **more) -> Weighting:
    method = mk.weighting.get(name, **SETTINGS.get(name, {}))
    method.setup(TASKS, [100, 50, 10], steps_per_epoch=4, **more)
    return method


@pytest.mark.parametrize("name", PLAIN)
def test_backward_gives_lambda_and_the_gradient_that_it_means(name, data):
    """What is given back is what acted: the gradient of Σ λ_i L_i."""
    model, by_hand = net(), net()
    lam = get(name).backward(model(*data)[1])
    (lam * by_hand(*data)[1]).sum().backward()
    for ours, theirs in zip(model.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad)
    assert len(PLAIN) >= 9


def test_an_absent_task_has_no_part_in_a_step(data):
    model = net()
    losses = model(*data)[1]
    lam = get("dwa").backward(StepContext(losses, torch.tensor([True, False, True])))
    assert lam[1] == 0 and model.heads[1].weight.grad.abs().sum() == 0 < model.heads[0].weight.grad.abs().sum()


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_step_without_any_task_moves_nothing(name, data):
    model, method, absent = net(), get(name, serves=Need), torch.zeros(3, dtype=torch.bool)
    h, losses = model(*data)
    lam = method.backward(StepContext(losses, absent, shared=model.trunk.parameters(), representation=h))
    assert lam.tolist() == [0, 0, 0] and not lam.requires_grad
    assert all(p.grad is None or not p.grad.any() for p in model.parameters())


@pytest.mark.parametrize("name", NEEDY)
def test_a_method_that_needs_more_than_the_loop_gives_says_what(name, data):
    """Not an answer that only looks like the method's."""
    method, losses = get(name), net()(*data)[1]
    (need,) = method.needs
    for call in (lambda: method(losses.detach()), lambda: method.backward(losses)):
        with pytest.raises(ValueError, match=f"'{name}' .*{need.served_by.split('(')[0]}"):
            call()
    assert len(NEEDY) == 17


def test_gradnorm_takes_the_norms_from_the_representation(data):
    model = net()
    h, losses = model(*data)
    norms = [torch.autograd.grad(loss, h, retain_graph=True)[0].norm() for loss in losses]
    told, method = [], get("gradnorm")
    method.on_gradient_norms = lambda *given: told.append(given)
    assert method.backward(StepContext(losses, representation=h)).tolist() == [1, 1, 1]
    torch.testing.assert_close(told[0][0], torch.stack(norms))
    torch.testing.assert_close(told[0][1], losses.detach())


def test_famo_learns_from_the_losses_after_the_step(data):
    model, method = net(), get("famo", serves=["second_forward"])
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(3):
        lam = method.backward(model(*data)[1])
        optimizer.step(), optimizer.zero_grad()
        method.on_step_end(model(*data)[1].detach(), torch.ones(3, dtype=torch.bool))
    assert lam.sum() == pytest.approx(1) and method.w.abs().max() > 0


class Sum(mk.weighting._jacobian.JacobianMethod):
    aggregator = "Sum"


@pytest.mark.parametrize("on", ["parameters", "representation"])
@pytest.mark.parametrize("present", [[True, True, True], [True, False, True]], ids=["all", "one absent"])
def test_a_jacobian_method_combines_the_gradients_of_what_is_shared(on, present, data):
    """The sum of the tasks' gradients is the gradient of their sum."""
    model, plain, present = net(), net(), torch.tensor(present)
    h, losses = model(*data)
    method = Sum(on)
    method.setup(TASKS)
    lam = method.backward(StepContext(losses, present, shared=model.trunk.parameters(), representation=h))
    plain(*data)[1][present].sum().backward()
    assert lam.tolist() == present.float().tolist()
    for (name, ours), theirs in zip(model.named_parameters(), plain.parameters(), strict=True):
        expected = torch.zeros_like(theirs) if theirs.grad is None else theirs.grad
        torch.testing.assert_close(torch.zeros_like(ours) if ours.grad is None else ours.grad, expected, msg=name)


def test_a_head_that_reads_shared_weights_gets_its_own_gradient_too(data):
    """On the representation, what a tied head adds to the trunk's weights is not lost, nor counted twice."""

    def losses_of(model):
        h = model.trunk(data[0])
        tied = (h @ model.trunk.weight).pow(2).mean()  # reads the trunk's weights once more
        return h, torch.stack([model.heads[0](h).pow(2).mean(), tied])

    model, plain, method = net(), net(), Sum("representation")
    method.setup(("a", "b"))
    h, losses = losses_of(model)
    method.backward(StepContext(losses, shared=model.trunk.parameters(), representation=h))
    losses_of(plain)[1].sum().backward()
    torch.testing.assert_close(model.trunk.weight.grad, plain.trunk.weight.grad)


def test_pcgrad_weighs_heads_on_request(data):
    model, unweighed = net(), net()
    for each, weigh in ((model, True), (unweighed, False)):
        h, losses = each(*data)
        method = mk.weighting.PCGrad("representation", weigh_heads=weigh)
        method.setup(TASKS)
        torch.manual_seed(1)  # its order is drawn
        lam = method.backward(StepContext(losses, representation=h))
    for i in range(3):
        torch.testing.assert_close(model.heads[i].weight.grad, lam[i] * unweighed.heads[i].weight.grad)


def test_a_loop_can_be_left_and_taken_up_again(data):
    """state_dict holds what a method remembers."""
    model, whole = net(), get("dwa")
    losses = [model(*data)[1].detach() * (1.2**k) for k in range(8)]
    expected = [whole(one) for one in losses]
    first, second = get("dwa"), get("dwa")
    for one in losses[:5]:
        first(one)
    second.load_state_dict(first.state_dict())
    assert [second(one).tolist() for one in losses[5:]] == [lam.tolist() for lam in expected[5:]]


def test_a_misspelt_need_is_refused_where_it_is_written():
    with pytest.raises(ValueError, match="Wrong: There is no need 'gradient'. Did you mean 'gradients'?"):

        class Wrong(Weighting):
            needs = frozenset({"gradient"})

    class Right(Weighting):
        needs = frozenset({"gradients"})

    assert Right.needs == {Need.GRADIENTS}
    with pytest.raises(ValueError, match="serves=.*no need 'metric'"):
        mk.Equal().setup(TASKS, serves=["metric"])


def test_losses_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"one tensor \(tasks,\).*found list"):
        StepContext([torch.tensor(1.0)])
    with pytest.raises(ValueError, match=r"found shape \(2, 3\)"):
        mk.Equal().backward(torch.ones(2, 3))


@pytest.mark.parametrize("name", ["equal", "gradnorm", "mgda"])
@pytest.mark.parametrize("tasks", [("a", "b"), ("a", "b", "c", "d")], ids=["fewer", "more"])
def test_losses_for_other_tasks_than_those_of_setup_are_refused(name, tasks, data):
    model, method = net(), mk.weighting.get(name)
    method.setup(tasks)
    h, losses = model(*data)
    with pytest.raises(ValueError, match=rf"one for each of {', '.join(tasks)}; found \(3,\)"):
        method.backward(StepContext(losses, shared=model.trunk.parameters(), representation=h))
    assert all(p.grad is None and getattr(p, "jac", None) is None for p in model.parameters())


@pytest.mark.parametrize(
    "present, found",
    [
        (torch.tensor([True, False]), r"torch.bool of shape \(2,\)"),
        (torch.ones(4, dtype=torch.bool), r"torch.bool of shape \(4,\)"),
        (torch.ones(3), r"torch.float32 of shape \(3,\)"),
        ([True, True, False], "list"),
    ],
    ids=["short", "long", "floats", "list"],
)
def test_a_present_that_does_not_fit_the_losses_is_refused(present, found):
    said = rf"`present` should be a bool tensor of the losses' shape \(3,\), .*found {found}"
    with pytest.raises(ValueError, match=said):
        StepContext(torch.ones(3), present)
    with pytest.raises(ValueError, match=said):
        get("equal")(torch.ones(3), present)


def test_the_advice_is_to_hand_over_what_tasks_share_and_no_heads(data):
    model, method = net(), get("mgda")
    losses = model(*data)[1]
    with pytest.raises(ValueError, match=r"shared=encoder.parameters\(\).*no head's.*representation=…"):
        method.backward(losses)
    with pytest.raises(ValueError, match="No loss reads a parameter of `shared`: give the parameters of the encoder"):
        method.backward(StepContext(losses, shared=net().trunk.parameters()))


def test_a_total_with_parameters_of_its_own_learns_them(data):
    method = get("uncertainty")
    method.backward(net()(*data)[1])
    assert all(p.grad is not None and math.isfinite(p.grad.sum()) for p in method.parameters())
