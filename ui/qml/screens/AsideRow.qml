// SPDX-License-Identifier: Apache-2.0
// One group set aside.
import QtQuick
import Chevet

Rectangle {
    id: line

    required property var row
    signal attribute
    signal discard

    height: Math.max(Theme.mm(22), why.height + Theme.mm(5))
    radius: Theme.radius
    color: Theme.line
    Accessible.role: Accessible.ListItem
    Accessible.name: row.spoken ?? ""

    Rectangle {
        anchors { fill: parent; margins: Theme.stroke }
        radius: Theme.radius - Theme.stroke
        color: Theme.bars[line.row.bar] ?? Theme.ink2

        Rectangle {
            anchors { fill: parent; leftMargin: Theme.mm(1.5) }
            radius: Theme.radius - Theme.stroke
            color: Theme.card
        }
    }

    Column {
        id: number

        anchors { left: parent.left; leftMargin: Theme.mm(6); verticalCenter: parent.verticalCenter }
        width: Theme.mm(50)

        Words {
            text: line.row.title ?? ""
            size: Theme.body
            medium: true
            Accessible.ignored: true
        }

        Row {
            spacing: Theme.mm(1)

            Words {
                id: figure

                objectName: "value"
                text: line.row.value ?? ""
                size: Theme.mm(8)
                bold: true
                wrapMode: Text.NoWrap
                Accessible.ignored: true
            }

            Words {
                y: figure.baselineOffset - baselineOffset
                text: line.row.unit ?? ""
                color: Theme.ink2
                Accessible.ignored: true
            }
        }
    }

    Column {
        id: why

        anchors { left: number.right; leftMargin: Theme.mm(2); right: mine.visible ? mine.left : away.left; rightMargin: Theme.mm(3); verticalCenter: parent.verticalCenter }
        spacing: Theme.mm(0.4)

        Words {
            width: parent.width
            text: line.row.when ?? ""
            size: Theme.mm(3.2)
            medium: true
            Accessible.ignored: true
        }

        Words {
            width: parent.width
            text: line.row.why ?? ""
            size: Theme.mm(3.2)
            color: Theme.care
            Accessible.ignored: true
        }

        Words {
            width: parent.width
            text: line.row.origin ?? ""
            size: Theme.mm(2.8)
            color: Theme.ink2
            Accessible.ignored: true
        }
    }

    Act {
        id: mine

        visible: line.row.mine ?? true
        anchors { right: away.left; rightMargin: Theme.mm(2.6); verticalCenter: parent.verticalCenter }
        width: Theme.mm(40)
        text: "C’est bien la sienne…"
        size: Theme.mm(3.3)
        spoken: text + " " + (line.row.value ?? "")
        onClicked: line.attribute()
    }

    Act {
        id: away

        anchors { right: parent.right; rightMargin: Theme.mm(4); verticalCenter: parent.verticalCenter }
        width: Theme.mm(22)
        text: "Écarter…"
        size: Theme.mm(3.3)
        spoken: text + " " + (line.row.value ?? "")
        onClicked: line.discard()
    }
}
