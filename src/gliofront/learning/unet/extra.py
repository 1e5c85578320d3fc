"""Whether the optional extra is installed; only `on_torch` imports torch, and after this."""

from __future__ import annotations

import importlib

from gliofront.foundation.errors import InputRefused


def require_torch(subject: object) -> None:
    """Raise `InputRefused`, naming the subject and how to mend it, if torch cannot be imported."""
    try:
        importlib.import_module("torch")
    except ImportError as error:
        problem = "a model of kind unet needs PyTorch, which is not installed"
        raise InputRefused(subject, problem, "pip install 'gliofront[deep]'") from error
