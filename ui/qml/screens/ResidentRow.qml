// SPDX-License-Identifier: Apache-2.0
// One resident: name, birth, room.
import QtQuick
import QtQuick.Templates as T
import Chevet

T.AbstractButton {
    id: line

    required property var row
    property bool last: false

    height: Theme.target(12.2)
    focusPolicy: Qt.NoFocus
    Accessible.role: Accessible.Button
    Accessible.name: row.spoken ?? ""

    background: Rectangle {
        color: line.down ? Theme.tint : "transparent"

        Rectangle {
            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            height: Theme.stroke
            visible: !line.last
            color: Theme.line
        }
    }

    contentItem: Item {
        Words {
            anchors { left: parent.left; leftMargin: Theme.mm(4.4); verticalCenter: parent.verticalCenter }
            width: born.x - x - Theme.mm(2)
            text: line.row.name ?? ""
            size: Theme.mm(4.1)
            fontSizeMode: Text.Fit
            height: parent.height - Theme.mm(1.6)
            verticalAlignment: Text.AlignVCenter
            minimumPixelSize: Theme.mm(3)
            lineHeight: 0.95
            medium: true
            Accessible.ignored: true
        }

        Words {
            id: born

            anchors { right: room.left; verticalCenter: parent.verticalCenter }
            text: line.row.born ?? ""
            size: Theme.mm(3.3)
            color: Theme.ink2
            wrapMode: Text.NoWrap
            Accessible.ignored: true
        }

        Words {
            id: room

            anchors { right: parent.right; rightMargin: Theme.mm(4.4); verticalCenter: parent.verticalCenter }
            width: Theme.mm(15)
            horizontalAlignment: Text.AlignRight
            text: line.row.room ?? ""
            size: Theme.mm(3.4)
            medium: true
            Accessible.ignored: true
        }
    }
}
