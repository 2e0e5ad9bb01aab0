"""What README says of loops of one's own, run as it stands there."""

import re
from pathlib import Path

import pytest
import torch
from torch import nn

import mtlkit as mk

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## Only the weights")[2].partition("\n## ")[0]
LOOP, TRAINER = re.findall(r"```python\n(.*?)```", SECTION, re.S)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk, self.heads = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x, y):
        apart = (self.heads(self.trunk(x).tanh()) - y).square().mean(0)
        return {"losses": apart, "loss": apart.sum()}


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(0)
    return [{"x": torch.randn(3, generator=generator), "y": torch.randn(2, generator=generator)} for _ in range(16)]


def test_the_loop_of_six_lines_trains(data):
    assert len(LOOP.splitlines()) == 6
    assert README.index("## Only the weights") < len(README) / 3
    torch.manual_seed(0)
    model = Net()
    x, y = (torch.stack([row[name] for row in data]) for name in "xy")
    names = {"mk": mk, "torch": torch, "model": model, "loader": [(x, y)] * 30}
    names |= {"optimizer": torch.optim.SGD(model.parameters(), 0.1)}
    names |= {f"{t}_loss": lambda m, b, i=i: m(*b)["losses"][i] for i, t in enumerate(("topic", "urgency"))}
    before = model(x, y)["losses"].detach()
    exec(LOOP, names)
    assert (model(x, y)["losses"] < before).all()
    torch.testing.assert_close(names["lam"], torch.sigmoid(names["losses"].detach() - 0.5))


def test_in_a_trainer_evaluation_and_accumulation_do_not_advance_the_weighting(data, tmp_path, monkeypatch):
    pytest.importorskip("accelerate")
    import transformers

    names = {"mk": mk, "transformers": transformers}
    exec(TRAINER, names)
    cls, seen = names["MultiTaskTrainer"], []
    real = cls.weighting.forward
    monkeypatch.setattr(cls.weighting, "forward", lambda losses: seen.append(real(losses)) or seen[-1])
    settings = transformers.TrainingArguments(
        str(tmp_path), per_device_train_batch_size=2, gradient_accumulation_steps=2, num_train_epochs=2,
        eval_strategy="steps", eval_steps=1, report_to=[], use_cpu=True, save_strategy="no", disable_tqdm=True,
        remove_unused_columns=False, label_names=["y"],
    )  # fmt: skip
    torch.manual_seed(0)
    trainer = cls(Net(), settings, train_dataset=data, eval_dataset=data)
    trainer.train()
    assert trainer.state.global_step == len(seen) == 8  # 16 rows, 2 × 2 a step, two epochs
    assert len(trainer.state.log_history) >= 8 and torch.equal(trainer.lam, seen[-1])
    assert ((seen[-1] > 0) & (seen[-1] < 1)).all()
