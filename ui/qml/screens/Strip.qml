// SPDX-License-Identifier: Apache-2.0
// The strip at the top: who, network, queue, lamps, battery, clock.
import QtQuick
import Chevet

Rectangle {
    id: strip

    required property var kiosk
    readonly property var view: kiosk.strip.view

    color: Theme.card

    Rectangle {
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: Theme.stroke
        color: Theme.line
    }

    Row {
        anchors { left: parent.left; leftMargin: Theme.mm(4); verticalCenter: parent.verticalCenter }
        spacing: Theme.mm(3)

        Rectangle {
            anchors.verticalCenter: parent.verticalCenter
            visible: strip.view.logo ?? false
            width: Theme.mm(5.8)
            height: width
            radius: Theme.mm(1.4)
            color: Theme.primary

            Sign {
                anchors.centerIn: parent
                name: "lamp"
                tone: Theme.light
                side: Theme.mm(4)
            }
        }

        Column {
            anchors.verticalCenter: parent.verticalCenter

            Words {
                objectName: "name"
                text: strip.view.name ?? ""
                size: Theme.mm(3.6)
                bold: true
                wrapMode: Text.NoWrap
            }

            Words {
                text: strip.view.detail ?? ""
                size: Theme.mm(2.7)
                color: Theme.ink2
                wrapMode: Text.NoWrap
            }
        }

        StripItem {
            anchors.verticalCenter: parent.verticalCenter
            visible: (strip.view.timer ?? "") !== ""
            sign: "clock"
            text: strip.view.timer ?? ""
            Accessible.name: "Durée " + text
        }
    }

    Row {
        visible: (strip.view.lost ?? "") === ""
        anchors { right: parent.right; rightMargin: Theme.mm(4); verticalCenter: parent.verticalCenter }
        spacing: Theme.mm(4)

        Column {
            anchors.verticalCenter: parent.verticalCenter
            visible: strip.view.lamps ?? false
            spacing: Theme.mm(0.3)

            Lamp {
                sign: "video"
                on: strip.view.camera_on ?? false
                text: on ? "Image" : "Image coupée"
            }

            Lamp {
                sign: "microphone"
                on: strip.view.microphone_on ?? false
                text: on ? "Micro" : "Micro coupé"
            }
        }

        StripItem {
            anchors.verticalCenter: parent.verticalCenter
            visible: (strip.view.lamps ?? false) && (strip.kiosk.meeting.view.there ?? false)
            sign: "person"
            tone: strip.kiosk.meeting.view.sent ? Theme.sent : Theme.care
            text: "Réunion"
            under: strip.kiosk.meeting.view.word ?? ""
        }

        StripItem {
            anchors.verticalCenter: parent.verticalCenter
            sign: strip.view.online ? "online" : "offline"
            tone: strip.view.online ? Theme.sent : Theme.waiting
            text: strip.view.network ?? ""
            under: strip.view.network_since ?? ""
        }

        StripItem {
            anchors.verticalCenter: parent.verticalCenter
            sign: "upload"
            tone: Theme.ink2
            medium: !(strip.view.queue_clear ?? true)
            text: strip.view.queue ?? ""
            under: strip.view.queue_why ?? ""
        }

        StripItem {
            anchors.verticalCenter: parent.verticalCenter
            visible: (strip.view.battery ?? "") !== ""
            sign: "battery"
            tone: Theme.ink2
            text: strip.view.battery ?? ""
            Accessible.name: "Batterie " + text
        }

        Words {
            anchors.verticalCenter: parent.verticalCenter
            text: strip.view.clock ?? ""
            size: Theme.mm(3.8)
            bold: true
            wrapMode: Text.NoWrap
        }
    }
}
