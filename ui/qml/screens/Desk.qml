// SPDX-License-Identifier: Apache-2.0
// Strip, screen, sheet, patient's text: what stands where is the view model's to say.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet

Item {
    id: desk

    required property var root

    Item {
        id: body

        anchors.fill: parent
        enabled: !desk.root.asking && !desk.root.over

        Strip {
            id: strip

            width: parent.width
            height: Theme.mm(10.9)
            kiosk: desk.root.kiosk
        }

        Loader {
            id: stage

            readonly property var pages: ({
                "sign-in": "SignIn.qml", "home": "Home.qml", "consent": "Consent.qml",
                "encounter": "Encounter.qml", "summary": "Summary.qml"
            })

            readonly property string page: pages[desk.root.screen_] ?? ""
            property string loaded: ""

            onPageChanged: turn()
            Component.onCompleted: turn()

            function turn() {
                if (page === "" || page === loaded)
                    return;
                loaded = page;
                setSource(page, { "kiosk": desk.root.kiosk });
            }

            anchors { left: parent.left; right: parent.right; top: strip.bottom; bottom: parent.bottom }
            enabled: !desk.root.settling && !desk.root.lost
        }

        Rectangle {
            anchors.fill: stage
            visible: desk.root.lost
            color: "#a6f5f3ee"
        }

        LostLine {
            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            visible: desk.root.lost
            text: desk.root.kiosk.strip.view.lost ?? ""
        }
    }

    Loader {
        anchors.fill: parent
        active: desk.root.asking
        enabled: !desk.root.settling
        Component.onCompleted: setSource("Sheet.qml", { "kiosk": desk.root.kiosk })
    }

    Loader {
        anchors.fill: parent
        active: desk.root.over && !desk.root.lost
        enabled: !desk.root.settling && !desk.root.asking
        z: desk.root.asking ? -1 : 0
        Component.onCompleted: setSource("PatientText.qml", { "kiosk": desk.root.kiosk })
    }

    Toast {
        anchors { left: parent.left; leftMargin: Theme.mm(5); top: parent.top; topMargin: Theme.mm(12.5) }
        text: desk.root.lost ? "" : desk.root.frame.say ?? ""
        onDismissed: desk.root.kiosk.frame.hush()
    }
}
