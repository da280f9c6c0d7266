# SPDX-License-Identifier: Apache-2.0
"""The control route of the demonstration: be told to answer badly, and tell what was received. Never on a real port."""

from typing import Any

import msgspec
from aiohttp import web

from virtual.records.export import exported
from virtual.records.store import Store, encode
from virtual.records.trouble import Trouble, Troubles


def control_routes(store: Store, troubles: Troubles) -> list[web.RouteDef]:
    """``POST /control/trouble`` (a Trouble in JSON), ``DELETE /control/trouble``, ``GET /control/export``."""

    async def trouble(request: web.Request) -> web.Response:
        try:
            troubles.add(msgspec.json.decode(await request.read(), type=Trouble))
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
            return _json(400, {"error": str(error)})
        return web.Response(status=204)

    async def well(_request: web.Request) -> web.Response:
        troubles.clear()
        return web.Response(status=204)

    async def export(_request: web.Request) -> web.Response:
        return _json(200, exported(store))

    return [
        web.post("/control/trouble", trouble),
        web.delete("/control/trouble", well),
        web.get("/control/export", export),
    ]


def _json(status: int, value: Any) -> web.Response:  # noqa: ANN401 - any JSON
    return web.Response(status=status, body=encode(value), content_type="application/json")
