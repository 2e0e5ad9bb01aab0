"""What README says of loops of one's own, run as it stands there."""

import re
from pathlib import Path

import pytest
import readers_loop
import torch

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## Only the weights")[2].partition("\n## ")[0]
LOOP, TRAINER = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)


def test_the_loop_of_six_lines_trains():
    assert len(LOOP.splitlines()) == 6
    assert README.index("## Only the weights") < len(README) / 3
    names = readers_loop.names()
    model, batch = names["model"], names["loader"][0]
    before = model(*batch)["losses"].detach()
    exec(LOOP, names)
    assert (model(*batch)["losses"] < before).all()
    torch.testing.assert_close(names["lam"], torch.sigmoid(names["losses"].detach() - 0.5))


def test_in_a_trainer_evaluation_and_accumulation_do_not_advance_the_weighting(tmp_path, monkeypatch):
    pytest.importorskip("accelerate")
    import transformers

    names, data = readers_loop.names(), readers_loop.rows()
    exec(TRAINER, names)
    cls, seen = names["MultiTaskTrainer"], []
    real = cls.weighting.forward
    monkeypatch.setattr(cls.weighting, "forward", lambda losses: seen.append(real(losses)) or seen[-1])
    settings = transformers.TrainingArguments(
        str(tmp_path), per_device_train_batch_size=2, gradient_accumulation_steps=2, num_train_epochs=2,
        eval_strategy="steps", eval_steps=1, report_to=[], use_cpu=True, save_strategy="no", disable_tqdm=True,
        remove_unused_columns=False, label_names=["y"],
    )  # fmt: skip
    trainer = cls(readers_loop.Net(), settings, train_dataset=data, eval_dataset=data)
    trainer.train()
    assert trainer.state.global_step == len(seen) == 8  # 16 rows, 2 × 2 a step, two epochs
    assert len(trainer.state.log_history) >= 8 and torch.equal(trainer.lam, seen[-1])
    assert ((seen[-1] > 0) & (seen[-1] < 1)).all()
