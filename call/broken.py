# SPDX-License-Identifier: Apache-2.0
"""What aiortc raises on descriptions and candidates that are not well formed."""

from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError

BROKEN = (
    InternalError,
    InvalidAccessError,
    InvalidStateError,
    OperationError,
    ConnectionError,
    OSError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""RuntimeError is a StopIteration within a coroutine."""
