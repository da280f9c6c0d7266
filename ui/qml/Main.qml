// SPDX-License-Identifier: Apache-2.0
// The window: the words of the first moment, then the desk, loaded once the station has spoken.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet
import "screens"

Window {
    id: root

    required property var kiosk
    required property real dots
    required property string family
    readonly property var frame: kiosk.frame.view
    readonly property string screen_: frame.screen ?? ""
    readonly property bool lost: frame.lost ?? true
    readonly property bool asking: (kiosk.sheet.view.name ?? "") !== ""
    readonly property bool over: kiosk.overlay.view.open ?? false
    property bool settling: false
    property int settleTime: 400

    title: "Chevet"
    color: Theme.paper
    flags: Qt.Window | Qt.FramelessWindowHint

    Binding { target: Theme; property: "dots"; value: root.dots }
    Binding { target: Theme; property: "family"; value: root.family }
    Binding {
        target: Theme
        property: "fit"
        value: Math.max(0.9, Math.min(1.5, root.height / root.dots / 136, root.width / root.dots / 216))
    }

    // What has just changed under a finger takes no touch for a moment: the second tap of two is not for it.
    function settle() {
        settling = true;
        settled.restart();
    }

    onScreen_Changed: settle()
    onAskingChanged: settle()
    onOverChanged: settle()

    Timer {
        id: settled

        interval: root.settleTime
        onTriggered: root.settling = false
    }

    Connections {
        target: root.kiosk.frame
        property bool tray: false
        function onChanged() {
            if (root.frame.tray !== tray) {
                tray = root.frame.tray;
                root.settle();
            }
        }
    }

    Starting {
        anchors.fill: parent
        visible: root.screen_ === ""
    }

    Loader {
        anchors.fill: parent
        active: root.screen_ !== ""
        Component.onCompleted: setSource("screens/Desk.qml", { "root": root })
    }
}
