// SPDX-License-Identifier: Apache-2.0
// One file that waits to be attached to a patient's file.
import QtQuick
import Chevet

Rectangle {
    id: line

    required property var row
    readonly property bool refused: (row.why ?? "") !== ""
    signal attach
    signal putAway

    height: Math.max(Theme.mm(22), what.height + Theme.mm(5))
    radius: Theme.radius
    color: Theme.card
    border.color: Theme.line
    border.width: Theme.stroke
    Accessible.role: Accessible.ListItem
    Accessible.name: row.spoken ?? ""

    Sign {
        id: sign

        x: Theme.mm(6)
        anchors.verticalCenter: parent.verticalCenter
        name: line.refused ? "care" : "page"
        tone: line.refused ? Theme.care : Theme.ink2
        side: Theme.mm(7)
    }

    Column {
        id: what

        anchors { left: sign.right; leftMargin: Theme.mm(4); right: mine.visible ? mine.left : away.left; rightMargin: Theme.mm(3); verticalCenter: parent.verticalCenter }
        spacing: Theme.mm(0.4)

        Words {
            width: parent.width
            text: line.row.name ?? ""
            size: Theme.mm(3.4)
            medium: true
            wrapMode: Text.WrapAnywhere
            Accessible.ignored: true
        }

        Words {
            width: parent.width
            text: line.row.whose ?? ""
            size: Theme.mm(3.2)
            color: Theme.ink
            Accessible.ignored: true
        }

        Words {
            width: parent.width
            text: line.refused ? line.row.why : line.row.when ?? ""
            size: Theme.mm(2.8)
            color: line.refused ? Theme.care : Theme.ink2
            Accessible.ignored: true
        }
    }

    Act {
        id: mine

        visible: !line.refused
        anchors { right: away.left; rightMargin: Theme.mm(2.6); verticalCenter: parent.verticalCenter }
        width: Theme.mm(40)
        text: "C’est bien le sien…"
        size: Theme.mm(3.3)
        spoken: text + " " + (line.row.name ?? "")
        onClicked: line.attach()
    }

    Act {
        id: away

        anchors { right: parent.right; rightMargin: Theme.mm(4); verticalCenter: parent.verticalCenter }
        width: Theme.mm(22)
        text: "Écarter…"
        size: Theme.mm(3.3)
        spoken: text + " " + (line.row.name ?? "")
        onClicked: line.putAway()
    }
}
