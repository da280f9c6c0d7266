# SPDX-License-Identifier: Apache-2.0
"""Why the rendezvous server cannot be reached, said to the operator.

CAL-01 token refused · CAL-02 certificate refused · CAL-03 unreachable · CAL-04 no answer any more ·
CAL-05 another page answers (captive portal) · CAL-06 the server is in trouble · CAL-07 unreadable messages.
This is what an attempt alone can tell, at once; ``call.diagnosis`` looks closer.
"""

import aiohttp

from call.diagnosis import certificate, portal
from device.errors import CallError, MessageError

_REFUSED = (401, 403)
_BROKEN = 500
_ABSENT = 404


def explain(error: Exception, *, clock_trusted: bool) -> CallError:
    """The trouble behind a failed or lost connection (f22, f27, f28)."""
    detail = f"{type(error).__name__}: {error}"
    match error:
        case CallError():
            return error
        case MessageError():
            return CallError(7, "Le serveur d’appel répond mal. Prévenez l’assistance.", detail, retry=True)
        case aiohttp.WSServerHandshakeError():
            return _answered(error.status, detail)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return certificate(detail, trusted=clock_trusted)
        case TimeoutError():
            return CallError(4, "Le serveur d’appel ne répond pas. Le chariot réessaie tout seul.", detail, retry=True)
        case _:
            return CallError(3, "Pas de réseau vers le serveur d’appel. Le chariot réessaie.", detail, retry=True)


def _answered(status: int, detail: str) -> CallError:
    if status in _REFUSED:
        return CallError(1, "Le serveur d’appel refuse ce chariot. Prévenez l’assistance.", detail)
    if status >= _BROKEN or status == _ABSENT:
        return CallError(6, "Le serveur d’appel est en panne. Le chariot réessaie tout seul.", detail, retry=True)
    return portal(detail)
