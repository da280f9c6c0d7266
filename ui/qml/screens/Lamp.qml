// SPDX-License-Identifier: Apache-2.0
// Whether the picture or the sound leaves the cart: a sign, a word and a colour.
import QtQuick
import Chevet

Row {
    id: lamp

    property string sign: ""
    property string text: ""
    property bool on: false
    readonly property color tone: on ? Theme.sent : Theme.stop

    spacing: Theme.mm(1.2)
    Accessible.role: Accessible.StaticText
    Accessible.name: text

    Sign {
        anchors.verticalCenter: parent.verticalCenter
        name: lamp.on ? lamp.sign : lamp.sign + "-off"
        tone: lamp.tone
        side: Theme.mm(3.4)
    }

    Words {
        text: lamp.text
        size: Theme.mm(2.7)
        medium: true
        color: lamp.tone
        wrapMode: Text.NoWrap
        Accessible.ignored: true
    }
}
