// SPDX-License-Identifier: Apache-2.0
// The cart's own calm lines: what happened, what still works, what to do.
pragma ComponentBehavior: Bound
import QtQuick

Column {
    id: notices

    property var lines: []

    spacing: Theme.mm(1.4)

    Repeater {
        model: notices.lines

        Rectangle {
            required property string modelData
            width: notices.width
            height: line.height + Theme.mm(3)
            radius: Theme.mm(1.8)
            color: Theme.quiet

            Sign {
                id: sign

                x: Theme.mm(2)
                y: Theme.mm(1.5)
                name: "care"
                tone: Theme.care
                side: Theme.mm(4)
            }

            Words {
                id: line

                anchors { left: sign.right; leftMargin: Theme.mm(1.6); right: parent.right; rightMargin: Theme.mm(2) }
                y: Theme.mm(1.5)
                text: parent.modelData
                size: Theme.mm(3)
                color: Theme.ink
            }
        }
    }
}
