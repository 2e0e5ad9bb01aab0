"""A guard against waiting for a GPU, which needs none."""

from torch.utils._python_dispatch import TorchDispatchMode


class NoSync(TorchDispatchMode):
    """Fails where the host would have to wait for a number from the device."""

    waits = ("_local_scalar_dense", "nonzero", "equal", "is_nonzero", "masked_select")

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        if name in self.waits:
            raise AssertionError(f"{name} waits for the device")
        return func(*args, **(kwargs or {}))
