// SPDX-License-Identifier: Apache-2.0
// A refusal, said for a while; a touch takes it away.
import QtQuick

Card {
    id: toast

    property string text: ""
    signal dismissed

    visible: text !== ""
    color: Theme.dark
    border.color: Theme.dark
    width: Math.min(parent.width * 0.6, Theme.mm(128))
    height: Math.max(words.height + Theme.mm(5), Theme.target(12) + Theme.mm(3))

    Words {
        id: words

        anchors { left: parent.left; leftMargin: Theme.mm(4); right: close.left; rightMargin: Theme.mm(3); verticalCenter: parent.verticalCenter }
        text: toast.text
        medium: true
        color: Theme.light
        Accessible.role: Accessible.AlertMessage
    }

    Act {
        id: close

        anchors { right: parent.right; rightMargin: Theme.mm(1.5); verticalCenter: parent.verticalCenter }
        text: "Compris"
        onClicked: toast.dismissed()
    }
}
