// SPDX-License-Identifier: Apache-2.0
// Before the station has said anything.
import QtQuick
import Chevet

Item {
    Column {
        anchors.centerIn: parent
        spacing: Theme.mm(4)

        Rectangle {
            anchors.horizontalCenter: parent.horizontalCenter
            width: Theme.mm(16)
            height: width
            radius: Theme.radius
            color: Theme.primary

            Sign {
                anchors.centerIn: parent
                name: "lamp"
                asynchronous: true
                tone: Theme.light
                side: Theme.mm(11)
            }
        }

        Words {
            anchors.horizontalCenter: parent.horizontalCenter
            text: "Le chariot démarre"
            size: Theme.title
            bold: true
            Accessible.role: Accessible.Heading
        }

        Words {
            anchors.horizontalCenter: parent.horizontalCenter
            text: "Quelques secondes. Rien à faire."
            color: Theme.ink2
        }
    }
}
