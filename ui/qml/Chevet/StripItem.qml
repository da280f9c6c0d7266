// SPDX-License-Identifier: Apache-2.0
// A sign, a word, and a smaller word under it.
import QtQuick

Row {
    id: item

    property string sign: ""
    property color tone: Theme.ink
    property string text: ""
    property string under: ""
    property bool medium: true

    spacing: Theme.mm(1.4)
    Accessible.role: Accessible.StaticText
    Accessible.name: under ? text + ", " + under : text

    Sign {
        anchors.verticalCenter: parent.verticalCenter
        visible: item.sign !== ""
        name: item.sign
        tone: item.tone
        side: Theme.mm(4)
    }

    Column {
        anchors.verticalCenter: parent.verticalCenter

        Words {
            text: item.text
            size: Theme.mm(3.1)
            medium: item.medium
            color: item.medium ? Theme.ink : Theme.ink2
            wrapMode: Text.NoWrap
            Accessible.ignored: true
        }

        Words {
            visible: item.under !== ""
            text: item.under
            size: Theme.mm(2.5)
            color: Theme.ink2
            wrapMode: Text.NoWrap
            Accessible.ignored: true
        }
    }
}
