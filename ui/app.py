# SPDX-License-Identifier: Apache-2.0
"""The kiosk's program: one window, full screen, fed by the station."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QLoggingCategory,
    QMessageLogContext,
    QSize,
    QtMsgType,
    QUrl,
    qInstallMessageHandler,
)
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow

from ui.glass import dots_per_inch, mm
from ui.icons import Icons
from ui.probe import Probe
from ui.station import Station
from ui.video import Feed, FeedImages
from ui.viewmodels.kiosk import Kiosk, local_time
from ui.wave import Wave, WaveImages

log = logging.getLogger(__name__)

QML = Path(__file__).parent / "qml"
NAME = "chevet-ui"
FONTS = ("Inter", "Noto Sans", "DejaVu Sans")
EXPECTED = "No RHI backend"
"""Said by Qt Multimedia where there is no GPU: expected there."""
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Window:
    """The kiosk's window and all that stands behind it; kept alive by its owner."""

    def __init__(
        self,
        socket_path: Path,
        *,
        dpi: float | None = None,
        size: QSize | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        local: Callable[[], datetime] = local_time,
    ) -> None:
        software = "software" in {QQuickWindow.sceneGraphBackend(), os.environ.get("QT_QUICK_BACKEND", "")}
        self.station = Station(socket_path, monotonic)
        self.doctor = Feed("doctor", sinks=not software, monotonic=monotonic)
        self.room = Feed("room", sinks=not software, monotonic=monotonic, most=320)
        self.waves = {name: Wave(name, monotonic) for name in ("stethoscope", "microphone")}
        self.kiosk = Kiosk(self.station, self.doctor, self.room, self.waves, monotonic, local)
        self.engine = QQmlApplicationEngine()
        self.engine.addImportPath(str(QML))
        self.engine.addImageProvider("icon", Icons())
        self.engine.addImageProvider("feed", FeedImages({"doctor": self.doctor, "room": self.room}))
        self.engine.addImageProvider("wave", WaveImages(self.waves))
        screen = QGuiApplication.primaryScreen()
        glass = size if size is not None else screen.size()
        dots = dpi if dpi is not None else dots_per_inch(screen)
        self.engine.setInitialProperties(
            {
                "kiosk": self.kiosk,
                "width": glass.width(),
                "height": glass.height(),
                "dots": mm(glass, dots),
                "family": _family(),
            }
        )
        self.engine.load(QUrl.fromLocalFile(str(QML / "Main.qml")))
        roots = self.engine.rootObjects()
        if not roots or not isinstance(roots[0], QQuickWindow):
            raise RuntimeError("the screen's QML cannot be loaded")
        self.window: QQuickWindow = roots[0]

    def show(self, *, fullscreen: bool) -> None:
        """Put it on the glass and go to the station."""
        if fullscreen:
            self.window.showFullScreen()
        else:
            self.window.show()
        self.station.start()

    def close(self) -> None:
        """Take everything down here and now, the QML first: a QObject left to Python's collector may be destroyed by
        whichever thread it runs in.
        """
        self.station.close()
        self.doctor.stop()
        self.room.stop()
        self.window.close()
        self.engine.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        for thing in (self.kiosk, *self.waves.values(), self.doctor, self.room, self.station):
            thing.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def run(
    socket_path: Path,
    *,
    dpi: float | None = None,
    size: tuple[int, int] | None = None,
    fullscreen: bool = True,
    probe: Path | None = None,
    shots: Path | None = None,
) -> int:
    """Show the kiosk until it is told to stop (SIGTERM, SIGINT). Returns the exit status.

    ``dpi`` overrides what the panel says of itself; ``size`` is the window's when not full screen; ``probe`` gets the
    stop-watch's lines; ``shots`` (or the variable CHEVET_SHOTS) is a folder where each screen is kept as a PNG.
    """
    os.environ.setdefault("QT_QUICK_CONTROLS_STYLE", "Basic")
    if os.environ.get("QT_QUICK_BACKEND") == "software":
        os.environ.setdefault("QT_XCB_GL_INTEGRATION", "none")  # Mesa and LLVM would be 110 MB for nothing
    QLoggingCategory.setFilterRules("qt.multimedia.symbolsresolver=false")
    qInstallMessageHandler(_message)
    application = QGuiApplication(sys.argv[:1])
    application.setApplicationName(NAME)
    application.setApplicationDisplayName("Chevet")
    kiosk = Window(socket_path, dpi=dpi, size=QSize(*size) if size else None)
    stopwatch = Probe(probe, kiosk.window) if probe is not None else None
    if stopwatch is not None:
        kiosk.kiosk.reached.connect(stopwatch.reached)
    folder = shots or (Path(os.environ["CHEVET_SHOTS"]) if os.environ.get("CHEVET_SHOTS") else None)
    keeper = None
    if folder is not None:
        from ui.shots import Shots  # noqa: PLC0415 - never on a cart

        keeper = Shots(folder, kiosk.window, kiosk.kiosk)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: application.quit())
    kiosk.show(fullscreen=fullscreen and size is None)
    status = application.exec()
    del keeper
    if stopwatch is not None:
        stopwatch.close()
    kiosk.close()
    return status


def _family() -> str:
    have = set(QFontDatabase.families())
    return next((name for name in FONTS if name in have), QFont().family())


def _message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    if EXPECTED not in text:
        log.log(_LEVELS.get(kind, logging.WARNING), "%s: %s", context.category, text)
