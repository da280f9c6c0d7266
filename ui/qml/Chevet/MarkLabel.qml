// SPDX-License-Identifier: Apache-2.0
// Recorded, waiting or acknowledged: a sign, a word and a colour.
import QtQuick

Row {
    id: label

    required property var mark

    spacing: Theme.mm(1)
    visible: mark.kind !== ""

    Sign {
        anchors.verticalCenter: parent.verticalCenter
        name: label.mark.kind === "waiting" ? "clock" : "check"
        tone: Theme.marks[label.mark.kind] ?? Theme.ink2
        side: Theme.mm(3.4)
    }

    Words {
        anchors.verticalCenter: parent.verticalCenter
        text: label.mark.word
        size: Theme.small
        medium: true
        color: Theme.marks[label.mark.kind] ?? Theme.ink2
    }
}
