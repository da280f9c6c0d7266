// SPDX-License-Identifier: Apache-2.0
// The window: strip, screen, tray, sheet, patient's text. What stands where is the view model's to say.
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
        value: Math.max(0.9, Math.min(1.15, root.height / root.dots / 136, root.width / root.dots / 216))
    }

    // What has just changed under a finger takes no touch for a moment: the second tap of two is not for it.
    function settle() {
        settling = true;
        settled.restart();
    }

    onScreen_Changed: {
        settle();
        stage.turn();
    }
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

    Item {
        id: body

        anchors.fill: parent
        visible: root.screen_ !== ""
        enabled: !root.asking && !root.over

        Strip {
            id: strip

            width: parent.width
            height: Theme.mm(10.9)
            kiosk: root.kiosk
        }

        Loader {
            id: stage

            readonly property var pages: ({
                "sign-in": "SignIn.qml", "home": "Home.qml", "consent": "Consent.qml",
                "encounter": "Encounter.qml", "summary": "Summary.qml"
            })

            function turn() {
                if (root.screen_ in pages)
                    setSource("screens/" + pages[root.screen_], { "kiosk": root.kiosk });
            }

            anchors { left: parent.left; right: parent.right; top: strip.bottom; bottom: parent.bottom }
            enabled: !root.settling && !root.lost
        }

        Rectangle {
            anchors.fill: stage
            visible: root.lost
            color: "#a6f5f3ee"
        }

        LostLine {
            anchors { left: parent.left; right: parent.right; top: strip.bottom }
            visible: root.lost
            text: root.kiosk.strip.view.lost ?? ""
        }
    }

    Loader {
        anchors.fill: parent
        active: root.asking
        enabled: !root.settling
        Component.onCompleted: setSource("screens/Sheet.qml", { "kiosk": root.kiosk })
    }

    Loader {
        anchors.fill: parent
        active: root.over && !root.lost
        enabled: !root.settling && !root.asking
        z: root.asking ? -1 : 0
        Component.onCompleted: setSource("screens/PatientText.qml", { "kiosk": root.kiosk })
    }

    Toast {
        anchors { left: parent.left; leftMargin: Theme.mm(5); top: parent.top; topMargin: Theme.mm(12.5) }
        text: root.lost ? "" : root.frame.say ?? ""
        onDismissed: root.kiosk.frame.hush()
    }
}
