// SPDX-License-Identifier: Apache-2.0
// An icon, tinted.
import QtQuick

Image {
    id: sign

    property string name: ""
    property color tone: Theme.ink
    property real side: Theme.mm(4.6)

    width: side
    height: side
    sourceSize: Qt.size(side, side)
    source: name ? "image://icon/" + name + "/" + Theme.hex(tone) : ""
    Accessible.ignored: true
}
