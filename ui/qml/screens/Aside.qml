// SPDX-License-Identifier: Apache-2.0
// Measurements set aside and files that wait: why each is here, and two deliberate ways out.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet

Rectangle {
    id: page

    required property var kiosk
    readonly property var view: kiosk.aside.view
    readonly property var rows: view.rows ?? []
    readonly property var files: view.files ?? []

    color: Theme.paper

    Words {
        id: title

        x: Theme.mm(9)
        y: Theme.mm(5)
        text: "De côté"
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
        model: page.rows.length + page.files.length
        spacing: Theme.mm(2.4)
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        delegate: Loader {
            id: slot

            required property int index
            readonly property bool measured: index < page.rows.length

            width: list.width
            sourceComponent: measured ? group : file

            Component {
                id: group

                AsideRow {
                    width: slot.width
                    row: page.rows[slot.index] ?? {}
                    onAttribute: page.kiosk.sheet.open("attribute", row.id)
                    onDiscard: page.kiosk.sheet.open("discard", row.id)
                }
            }

            Component {
                id: file

                FileRow {
                    width: slot.width
                    row: page.files[slot.index - page.rows.length] ?? {}
                    onAttach: page.kiosk.sheet.open("attach", row.id)
                    onPutAway: page.kiosk.sheet.open("put-away", row.id)
                }
            }
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
