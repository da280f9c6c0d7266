// SPDX-License-Identifier: Apache-2.0
// A button: "primary" (one on a screen), "outline", "destructive" (confirmed elsewhere by a second touch), "key".
import QtQuick
import QtQuick.Templates as T

T.AbstractButton {
    id: act

    property string kind: "outline"
    property string sign: ""
    property string spoken: text
    property bool stacked: false
    property bool chosen: false
    property bool available: true
    property real size: stacked ? Theme.small : Theme.action
    property color tone: kind === "primary" ? Theme.light : !available ? Theme.ink2 : kind === "destructive" ? Theme.stop : chosen ? Theme.primary : Theme.ink

    implicitHeight: Math.max(Theme.target(12), face.implicitHeight + Theme.mm(2.4))
    implicitWidth: Math.max(Theme.target(12), face.natural + Theme.mm(7))
    enabled: available
    focusPolicy: Qt.NoFocus
    leftPadding: stacked || kind === "key" ? 0 : Theme.mm(2)
    rightPadding: leftPadding

    Accessible.role: Accessible.Button
    Accessible.name: spoken
    Accessible.checkable: chosen
    Accessible.checked: chosen

    background: Rectangle {
        radius: Theme.radius
        color: act.kind === "primary" ? (act.down ? Theme.pressed : Theme.primary) : act.down || act.chosen ? Theme.tint : act.available ? Theme.card : Theme.paper
        border.color: act.kind === "primary" ? color : act.kind === "destructive" && act.available ? Theme.stop : act.chosen ? Theme.primary : Theme.line
        border.width: Theme.stroke
    }

    contentItem: Item {
        id: face

        readonly property real natural: act.stacked ? Math.max(icon.width, word.implicitWidth) : word.implicitWidth + (icon.visible ? icon.width + Theme.mm(2.2) : 0)

        implicitHeight: act.stacked && icon.visible ? icon.height + word.height + Theme.mm(0.4) : Math.max(word.height, icon.visible ? icon.height : 0)

        Sign {
            id: icon

            visible: act.sign !== ""
            name: act.sign
            tone: act.tone
            side: act.stacked ? Theme.mm(4.8) : Theme.mm(5)
            x: act.stacked || act.text === "" ? (face.width - width) / 2 : Math.max(0, (face.width - face.used) / 2)
            y: act.stacked ? (face.height - face.implicitHeight) / 2 : (face.height - height) / 2
        }

        readonly property real room: act.stacked ? width : width - (icon.visible ? icon.width + Theme.mm(2.2) : 0)
        readonly property real used: icon.width + Theme.mm(2.2) + word.contentWidth

        Words {
            id: word

            text: act.text
            size: act.size
            medium: true
            color: act.tone
            width: Math.min(implicitWidth, face.room)
            lineHeight: 1.0
            horizontalAlignment: act.stacked || !icon.visible ? Text.AlignHCenter : Text.AlignLeft
            x: act.stacked || !icon.visible ? (face.width - width) / 2 : icon.x + icon.width + Theme.mm(2.2)
            y: act.stacked && icon.visible ? icon.y + icon.height + Theme.mm(0.4) : (face.height - height) / 2
            Accessible.ignored: true
        }
    }
}
