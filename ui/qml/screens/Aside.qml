// SPDX-License-Identifier: Apache-2.0
// Measurements set aside: why each is here, and two deliberate ways out.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet

Rectangle {
    id: page

    required property var kiosk
    readonly property var view: kiosk.aside.view
    readonly property var rows: view.rows ?? []

    color: Theme.paper

    Words {
        id: title

        x: Theme.mm(9)
        y: Theme.mm(5)
        text: "Mesures mises de côté"
        size: Theme.mm(5.9)
        bold: true
        Accessible.role: Accessible.Heading
    }

    Words {
        id: hint

        anchors { left: title.left; top: title.bottom; topMargin: Theme.mm(0.6) }
        width: parent.width - Theme.mm(18)
        text: page.view.line ?? ""
        size: Theme.mm(3.6)
        color: Theme.ink2
    }

    ListView {
        id: list

        anchors { left: title.left; right: parent.right; rightMargin: Theme.mm(9); top: hint.bottom; topMargin: Theme.mm(3); bottom: back.top; bottomMargin: Theme.mm(3) }
        model: page.rows.length
        spacing: Theme.mm(2.4)
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        delegate: AsideRow {
            required property int index
            width: list.width
            row: page.rows[index] ?? {}
            onAttribute: page.kiosk.sheet.open("attribute", row.id)
            onDiscard: page.kiosk.sheet.open("discard", row.id)
        }

        Words {
            anchors.centerIn: parent
            text: page.view.empty ?? ""
            size: Theme.heading
            color: Theme.ink2
        }
    }

    Act {
        id: back

        anchors { right: parent.right; rightMargin: Theme.mm(9); bottom: parent.bottom; bottomMargin: Theme.mm(5) }
        height: Theme.target(12.8)
        kind: "primary"
        text: "Retour à la consultation"
        onClicked: page.kiosk.act.showTray(false)
    }
}
