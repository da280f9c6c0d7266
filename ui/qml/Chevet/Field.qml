// SPDX-License-Identifier: Apache-2.0
// A field typed in with the keyboard on the screen.
import QtQuick
import QtQuick.Templates as T

T.AbstractButton {
    id: field

    property string label: ""
    property string value: ""
    property string hint: ""
    property bool current: false

    implicitHeight: Theme.mm(4.4) + Theme.target(12)
    focusPolicy: Qt.NoFocus
    Accessible.role: Accessible.Button
    Accessible.name: label + ", " + (value || "vide")

    contentItem: Item {
        Words {
            id: name

            text: field.label
            size: Theme.small
            color: Theme.ink2
            Accessible.ignored: true
        }

        Rectangle {
            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            height: Theme.target(12)
            radius: Theme.mm(1.8)
            color: Theme.card
            border.color: field.current ? Theme.primary : Theme.line
            border.width: field.current ? Theme.stroke * 2 : Theme.stroke

            Words {
                id: text

                anchors { left: parent.left; leftMargin: Theme.mm(2.6); verticalCenter: parent.verticalCenter }
                width: parent.width - Theme.mm(5)
                text: field.value || field.hint
                size: Theme.mm(3.9)
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.mm(2.4)
                wrapMode: Text.NoWrap
                medium: field.value !== ""
                color: field.value ? Theme.ink : Theme.ink2
                Accessible.ignored: true
            }

            Rectangle {
                visible: field.current
                x: text.x + (field.value ? Math.min(text.contentWidth, text.width) + Theme.mm(0.4) : -Theme.mm(0.8))
                anchors.verticalCenter: parent.verticalCenter
                width: Theme.stroke
                height: Theme.mm(5)
                color: Theme.primary
            }
        }
    }
}
