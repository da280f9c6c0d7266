// SPDX-License-Identifier: Apache-2.0
// Words on a picture.
import QtQuick

Rectangle {
    id: caption

    property alias text: words.text
    property real size: Theme.small
    property real most: 10000

    color: "#e6141f29"
    radius: Theme.mm(1.2)
    implicitWidth: words.width + Theme.mm(3.4)
    implicitHeight: words.height + Theme.mm(1.6)

    Words {
        id: words

        anchors.centerIn: parent
        width: Math.min(implicitWidth, caption.most - Theme.mm(3.4))
        size: caption.size
        medium: true
        color: Theme.light
    }
}
