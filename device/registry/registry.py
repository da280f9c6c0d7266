# SPDX-License-Identifier: Apache-2.0
"""The registry: models, enrolled instruments, and the driver of each model.

Only enrolled instruments exist for the buses: a name or a service is never enough to be listened to.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import msgspec

from device.driver import Driver
from device.errors import ConfigurationError
from device.registry.model import Instrument, Model
from device.registry.rows import LINE, near, read_rows, row_error, write_rows

DRIVERS = "chevet.drivers"
HEADER = "Instruments enrolled on this cart, written by enrolment.\nEach table is one unit: its name is its id."


class Registry:
    """What the cart knows of its instruments. One owner, one thread."""

    def __init__(
        self, models: Iterable[Model], instruments: Iterable[Instrument], path: Path, points: Mapping[str, EntryPoint]
    ) -> None:
        """``path`` is where enrolment writes; ``points`` are the installed drivers by name. See ``load``."""
        self.models: dict[str, Model] = {model.id: model for model in models}
        self.instruments: tuple[Instrument, ...] = tuple(instruments)
        self._path = path
        self._points = points
        self._drivers: dict[str, Driver] = {}
        self._watchers: list[Callable[[], None]] = []
        self._simulated = False

    @classmethod
    def load(cls, models: Path, instruments: Path, *, simulated: bool = False) -> "Registry":
        """Read both files; no instruments file means none enrolled yet. No driver is imported before it is asked for.
        ``simulated``: whatever is enrolled from now on is a virtual unit, and so marked.

        Raises ConfigurationError that names file, line, row, field and reason.
        """
        points = {point.name: point for point in entry_points(group=DRIVERS)}
        rows = read_rows(models, Model)
        for row in rows:
            if row.driver not in points:
                known = ", ".join(sorted(points)) or "none"
                wrong = f"no driver {row.driver!r} is installed{near(row.driver, list(points))}; there are: {known}"
                raise row_error(models, row.id, "driver", wrong)
        units = read_rows(instruments, Instrument) if instruments.exists() else ()
        registry = cls(rows, units, instruments, points)
        registry.check(units)
        registry._simulated = simulated
        return registry

    def driver(self, model: Model) -> Driver:
        """The driver of ``model``, one for all its units. Raises ConfigurationError CFG-04 if it cannot be loaded."""
        found = self._drivers.get(model.driver)
        if found is None:
            found = self._drivers[model.driver] = self._load_driver(model)
        return found

    def model_of(self, instrument: Instrument) -> Model:
        """The model of an enrolled instrument."""
        return self.models[instrument.model]

    def instrument_by_address(self, address: str) -> Instrument | None:
        """The enrolled instrument at ``address`` (any case), or None: then it does not exist for us."""
        wanted = address if address.startswith("/") else address.upper()
        return next((unit for unit in self.instruments if unit.address == wanted), None)

    def watch(self, told: Callable[[], None]) -> Callable[[], None]:
        """Have ``told`` called after each change of ``instruments``; what is returned ends that."""
        self._watchers.append(told)
        return lambda: self._watchers.remove(told)

    def enrol(self, instrument: Instrument) -> None:
        """Accept ``instrument`` from now on. Raises ConfigurationError, and then nothing has changed."""
        if self._simulated:
            instrument = msgspec.structs.replace(instrument, simulated=True)
        self._keep((*self.instruments, instrument))

    def retire(self, instrument_id: str) -> None:
        """Forget an instrument. Raises ConfigurationError if there is none of this id."""
        kept = tuple(unit for unit in self.instruments if unit.id != instrument_id)
        if len(kept) == len(self.instruments):
            raise row_error(self._path, instrument_id, "id", "no such instrument is enrolled")
        self._keep(kept)

    def check(self, instruments: Iterable[Instrument]) -> None:
        """Refuse an unknown model, and an id or an address that stands twice. Raises ConfigurationError."""
        units = tuple(instruments)
        ids = Counter(unit.id for unit in units)
        addresses = Counter(unit.address for unit in units)
        for unit in units:
            if unit.model not in self.models:
                wrong = f"no model {unit.model!r} in the table of models{near(unit.model, list(self.models))}"
                raise row_error(self._path, unit.id, "model", wrong)
            if ids[unit.id] > 1:
                raise row_error(self._path, unit.id, "id", "is enrolled twice")
            if addresses[unit.address] > 1:
                raise row_error(self._path, unit.id, "address", f"{unit.address} is enrolled twice")

    def _keep(self, instruments: tuple[Instrument, ...]) -> None:
        self.check(instruments)
        write_rows(self._path, HEADER, instruments)
        self.instruments = instruments
        for told in tuple(self._watchers):
            told()

    def _load_driver(self, model: Model) -> Driver:
        try:
            driver = self._points[model.driver].load()()
        except (KeyError, ImportError, AttributeError, TypeError) as error:
            raise ConfigurationError(4, LINE, f"driver {model.driver!r} of model {model.id}: {error}") from error
        if not isinstance(driver, Driver):
            raise ConfigurationError(4, LINE, f"driver {model.driver!r} of model {model.id} has no decode()")
        return driver
