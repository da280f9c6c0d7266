// SPDX-License-Identifier: Apache-2.0
// What is said where the doctor will be: not called, dialling, waiting with link and code, interrupted, network cut.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet

Item {
    id: panel

    required property var kiosk
    readonly property var view: kiosk.call.view
    readonly property bool waiting: view.panel === "waiting"

    Column {
        anchors.centerIn: parent
        width: Math.min(parent.width - Theme.mm(4), Theme.mm(112))
        spacing: Theme.mm(1.8)

        Sign {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: !panel.waiting
            name: panel.view.panel === "offline" || panel.view.panel === "interrupted" ? "wifi" : "video"
            tone: Theme.waiting
            side: Theme.mm(12)
        }

        Words {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            text: panel.view.title ?? ""
            size: Theme.mm(5.8)
            bold: true
            Accessible.role: Accessible.Heading
        }

        Repeater {
            model: panel.view.lines ?? []

            Words {
                required property string modelData
                width: panel.width > 0 ? parent.width : 0
                horizontalAlignment: Text.AlignHCenter
                text: modelData
                size: Theme.mm(3.9)
                lineHeight: 1.15
            }
        }

        Card {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: panel.waiting && (panel.view.code ?? "") !== ""
            width: Math.max(code.implicitWidth, Math.min(link.implicitWidth, panel.width - Theme.mm(12))) + Theme.mm(10)
            height: code.height + link.height + Theme.mm(4)

            Words {
                id: code

                anchors { horizontalCenter: parent.horizontalCenter; top: parent.top; topMargin: Theme.mm(1) }
                text: panel.view.code ?? ""
                size: Theme.mm(11)
                bold: true
                wrapMode: Text.NoWrap
                font.letterSpacing: Theme.mm(0.4)
                Accessible.name: "Code " + text
            }

            Words {
                id: link

                anchors { horizontalCenter: parent.horizontalCenter; top: code.bottom }
                width: Math.min(implicitWidth, parent.width - Theme.mm(4))
                horizontalAlignment: Text.AlignHCenter
                text: panel.view.link ?? ""
                size: Theme.small
                wrapMode: Text.WrapAnywhere
                color: Theme.ink2
                Accessible.name: "Lien " + text
            }
        }

        Words {
            width: parent.width
            visible: text !== ""
            horizontalAlignment: Text.AlignHCenter
            text: panel.view.small ?? ""
            size: Theme.mm(3.3)
            color: Theme.ink2
        }

        Card {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: (panel.view.phone ?? "") !== ""
            width: phone.implicitWidth + Theme.mm(10)
            height: Theme.mm(10)

            Words {
                id: phone

                anchors.centerIn: parent
                text: "Téléphoner au médecin : " + (panel.view.phone ?? "")
                size: Theme.mm(3.7)
                medium: true
                wrapMode: Text.NoWrap
            }
        }

        Act {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: panel.view.can_call ?? false
            kind: "primary"
            sign: "video"
            height: Theme.target(13.5)
            text: "Appeler le médecin"
            onClicked: panel.kiosk.act.callDoctor()
        }

        Act {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: panel.view.cancel ?? false
            text: "Annuler l’appel"
            onClicked: panel.kiosk.act.hangUp()
        }
    }
}
