// SPDX-License-Identifier: Apache-2.0
// One line of « le chariot est prêt ».
import QtQuick
import Chevet

Item {
    id: line

    required property var row
    property bool last: false
    readonly property bool wide: name.implicitWidth + why.implicitWidth + sign.width + Theme.mm(5) > width

    height: (wide ? name.height + why.height + Theme.mm(3.2) : Math.max(name.height + Theme.mm(4.6), Theme.mm(9)))
    Accessible.role: Accessible.ListItem
    Accessible.name: (row.name ?? "") + " : " + (row.why ?? "")

    Sign {
        id: sign

        y: line.wide ? Theme.mm(1.6) : (parent.height - height) / 2
        name: line.row.sign === "ok" ? "check" : line.row.sign === "absent" ? "absent" : "care"
        tone: line.row.sign === "ok" ? Theme.sent : line.row.sign === "absent" ? Theme.ink2 : Theme.care
        side: Theme.mm(4.4)
    }

    Words {
        id: name

        anchors { left: sign.right; leftMargin: Theme.mm(2.6) }
        y: line.wide ? Theme.mm(1.4) : (parent.height - height) / 2
        width: line.wide ? parent.width - x : implicitWidth
        text: line.row.name ?? ""
        size: Theme.mm(3.4)
        medium: true
        Accessible.ignored: true
    }

    Words {
        id: why

        x: line.wide ? name.x : parent.width - width
        y: line.wide ? name.y + name.height : (parent.height - height) / 2
        width: line.wide ? parent.width - x : implicitWidth
        text: line.row.why ?? ""
        size: Theme.mm(3)
        color: line.row.sign === "care" ? Theme.care : Theme.ink2
        Accessible.ignored: true
    }

    Rectangle {
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: Theme.stroke
        visible: !line.last
        color: Theme.line
    }
}
