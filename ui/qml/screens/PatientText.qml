// SPDX-License-Identifier: Apache-2.0
// The patient's screen: one sentence over the doctor's face.
import QtQuick
import Chevet

Rectangle {
    id: page

    required property var kiosk
    readonly property var view: kiosk.overlay.view

    color: Theme.dark

    MouseArea { anchors.fill: parent }

    VideoView {
        anchors.fill: parent
        visible: page.kiosk.call.view.panel === "connected"
        feed: page.kiosk.doctorFeed
        crop: true
        spoken: "Le médecin"
    }

    Rectangle {
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: Math.max(words.height + by.height + Theme.mm(words.lineCount > 2 ? 3.6 : 12), parent.height * 0.32)
        color: "#f014212b"

        Column {
            anchors { left: parent.left; right: parent.right; verticalCenter: parent.verticalCenter; margins: Theme.mm(6) }
            spacing: Theme.mm(1.4)

            Words {
                id: words

                objectName: "patient-text"
                width: parent.width
                horizontalAlignment: Text.AlignHCenter
                text: page.view.text ?? ""
                size: Math.max(Theme.mm(15.4), 90)
                lineHeightMode: Text.FixedHeight
                lineHeight: size * 1.08
                bold: true
                color: Theme.light
            }

            Words {
                id: by

                width: parent.width
                visible: text !== ""
                horizontalAlignment: Text.AlignHCenter
                text: page.view.by ?? ""
                size: words.lineCount > 2 ? Theme.mm(4.2) : Theme.mm(6)
                color: Theme.light
            }
        }
    }

    Act {
        anchors { right: parent.right; rightMargin: Theme.mm(5); top: parent.top; topMargin: Theme.mm(2) }
        text: "Retirer le texte"
        onClicked: page.kiosk.act.hideText()
    }
}
