// SPDX-License-Identifier: Apache-2.0
// The station is away: one calm line over the whole width.
import QtQuick
import Chevet

Rectangle {
    id: lost

    property string text: ""

    height: Math.max(words.height + Theme.mm(6), Theme.mm(19))
    color: Theme.dark
    Accessible.role: Accessible.AlertMessage
    Accessible.name: text

    Sign {
        id: sign

        anchors { left: parent.left; leftMargin: Theme.mm(4); verticalCenter: parent.verticalCenter }
        name: "clock"
        tone: Theme.light
        side: Theme.mm(6)
    }

    Words {
        id: words

        anchors { left: sign.right; leftMargin: Theme.mm(3); right: parent.right; rightMargin: Theme.mm(4); verticalCenter: parent.verticalCenter }
        text: lost.text
        size: Theme.action
        medium: true
        color: Theme.light
        Accessible.ignored: true
    }
}
