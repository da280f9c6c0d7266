// SPDX-License-Identifier: Apache-2.0
// The stethoscope at work: where, since when, what is heard, and what becomes of it.
import QtQuick
import Chevet

Rectangle {
    id: panel

    required property var kiosk
    readonly property var view: kiosk.listening.view

    radius: Theme.mm(1.8)
    color: Theme.card
    border.color: Theme.primary
    border.width: Theme.stroke * 2
    Accessible.role: Accessible.Grouping
    Accessible.name: "Stéthoscope, " + (view.words ?? "")

    Sign {
        id: sign

        x: Theme.mm(3)
        y: Theme.mm(2)
        name: "stethoscope"
        tone: Theme.primary
        side: Theme.mm(5)
    }

    Words {
        id: words

        anchors { left: sign.right; leftMargin: Theme.mm(2); right: parent.right; rightMargin: Theme.mm(3); verticalCenter: sign.verticalCenter }
        text: panel.view.words ?? ""
        size: Theme.action
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.mm(2.4)
        wrapMode: Text.NoWrap
        bold: true
    }

    WaveView {
        anchors { left: parent.left; right: parent.right; margins: Theme.mm(3); top: words.bottom; topMargin: Theme.mm(1); bottom: line.visible ? line.top : acts.top; bottomMargin: Theme.mm(1) }
        wave: panel.kiosk.stethoscope
        spoken: "Onde du stéthoscope"
    }

    Words {
        id: line

        anchors { left: parent.left; right: parent.right; margins: Theme.mm(3); bottom: acts.top; bottomMargin: Theme.mm(1) }
        visible: text !== ""
        text: panel.view.line ?? ""
        size: Theme.mm(3)
        medium: true
        color: Theme.care
    }

    Row {
        id: acts

        anchors { right: parent.right; rightMargin: Theme.mm(2.4); bottom: parent.bottom; bottomMargin: Theme.mm(2.4) }
        spacing: Theme.mm(2)

        Act {
            kind: "destructive"
            size: Theme.mm(3.3)
            text: "Ne pas garder…"
            onClicked: panel.kiosk.sheet.open("unheard")
        }

        Act {
            kind: "primary"
            size: Theme.mm(3.3)
            text: panel.view.recording ? "Arrêter et garder" : "Garder"
            onClicked: panel.kiosk.act.keepSound()
        }
    }
}
