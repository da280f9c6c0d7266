// SPDX-License-Identifier: Apache-2.0
// The doctor's picture, or what is said in its place; the self view stands in its corner.
import QtQuick
import Chevet

Rectangle {
    id: pane

    required property var kiosk
    readonly property var call: kiosk.call.view
    readonly property var controls: kiosk.controls.view
    readonly property bool talking: call.panel === "connected"

    color: talking ? Theme.dark : Theme.quiet
    radius: Theme.radius

    VideoView {
        id: video

        anchors.fill: parent
        visible: pane.talking
        feed: pane.kiosk.doctorFeed
        crop: true
        spoken: "Le médecin"
    }

    Words {
        anchors.centerIn: parent
        visible: pane.talking && pane.kiosk.doctorFeed.empty && !heard.visible
        text: "Pas encore d’image du médecin"
        size: Theme.heading
        color: Theme.light
    }

    // Rounds the corners of the picture.
    Rectangle {
        anchors.fill: parent
        anchors.margins: -border.width
        color: "transparent"
        radius: Theme.radius + border.width
        border.width: Theme.mm(1.5)
        border.color: Theme.paper
    }

    Caption {
        id: plate

        x: Theme.mm(3)
        y: Theme.mm(3)
        visible: pane.talking && (pane.call.plate ?? "") !== ""
        text: pane.call.plate ?? ""
        size: Theme.body
        most: invite.x - Theme.mm(5)
    }

    Act {
        id: invite

        anchors { right: parent.right; rightMargin: Theme.mm(3); top: parent.top; topMargin: Theme.mm(3) }
        visible: pane.talking
        size: Theme.small
        text: "Inviter…"
        spoken: "Inviter un autre médecin"
        onClicked: pane.kiosk.sheet.open("invite")
    }

    Caption {
        x: Theme.mm(3)
        y: plate.visible ? plate.y + plate.height + Theme.mm(1.4) : Theme.mm(3)
        visible: pane.talking && (pane.call.words ?? "") !== ""
        text: pane.call.words ?? ""
        most: invite.x - Theme.mm(5)
    }

    CallPanel {
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: self.top }
        anchors.margins: Theme.mm(3)
        visible: !pane.talking
        kiosk: pane.kiosk
    }

    ListeningPanel {
        id: heard

        visible: kiosk.listening.view.open ?? false
        anchors { left: parent.left; leftMargin: Theme.mm(3); bottom: parent.bottom; bottomMargin: Theme.mm(3) }
        width: self.x - x - Theme.mm(2)
        height: Theme.mm(46)
        kiosk: pane.kiosk
    }

    // Stands in every state of the call: whoever is in the meeting may see and hear.
    Rectangle {
        id: meeting

        readonly property var shown: pane.kiosk.meeting.view

        anchors { left: parent.left; leftMargin: Theme.mm(3); bottom: heard.visible ? heard.top : parent.bottom; bottomMargin: heard.visible ? Theme.mm(1.4) : Theme.mm(3) }
        width: self.x - x - Theme.mm(2)
        height: Math.max(told.height + Theme.mm(3), leave.height + Theme.mm(2))
        visible: shown.there ?? false
        radius: Theme.mm(1.8)
        color: Theme.card
        border.color: shown.sent ? Theme.primary : Theme.care
        border.width: Theme.mm(0.6)

        Column {
            id: told

            anchors { left: parent.left; leftMargin: Theme.mm(3); right: leave.left; rightMargin: Theme.mm(2); verticalCenter: parent.verticalCenter }

            Words {
                width: parent.width
                text: meeting.shown.title ?? ""
                size: Theme.body
                medium: true
                Accessible.role: Accessible.AlertMessage
            }

            Words {
                width: parent.width
                visible: text !== ""
                text: meeting.shown.line ?? ""
                size: Theme.small
                color: Theme.ink2
            }
        }

        Act {
            id: leave

            anchors { right: parent.right; rightMargin: Theme.mm(1); verticalCenter: parent.verticalCenter }
            kind: "destructive"
            size: Theme.body
            text: "Arrêter"
            spoken: "Arrêter la réunion"
            onClicked: pane.kiosk.act.endMeeting()
        }
    }

    Rectangle {
        id: asked

        readonly property Item below: meeting.visible ? meeting : heard

        anchors { left: parent.left; leftMargin: Theme.mm(3); bottom: below.visible ? below.top : parent.bottom; bottomMargin: below.visible ? Theme.mm(1.4) : Theme.mm(3) }
        width: self.x - x - Theme.mm(2)
        height: said.height + Theme.mm(4)
        visible: (pane.call.asked ?? "") !== ""
        radius: Theme.mm(1.8)
        color: Theme.primary

        Words {
            id: said

            anchors { left: parent.left; leftMargin: Theme.mm(3); right: parent.right; rightMargin: Theme.mm(3); verticalCenter: parent.verticalCenter }
            text: pane.call.asked ?? ""
            size: Theme.action
            medium: true
            color: Theme.light
            Accessible.role: Accessible.AlertMessage
        }
    }

    NoticeCard {
        anchors { left: asked.left; bottom: asked.visible ? asked.top : asked.bottom; bottomMargin: asked.visible ? Theme.mm(1.4) : 0 }
        width: asked.width
        lines: (pane.kiosk.frame.view.notices ?? []).slice(0, 2)
    }

    Rectangle {
        id: self

        anchors { right: parent.right; rightMargin: Theme.mm(3); bottom: parent.bottom; bottomMargin: Theme.mm(3) }
        width: Theme.mm(40)
        height: Theme.mm(25)
        color: Theme.light
        radius: Theme.mm(1.6)

        Rectangle {
            id: mirror

            anchors { fill: parent; margins: Theme.mm(0.6) }
            color: Theme.dark

            VideoView {
                anchors.fill: parent
                visible: (pane.controls.veil ?? "") === ""
                feed: pane.kiosk.roomFeed
                spoken: "Ce que voit le médecin"
            }

            Words {
                anchors { left: parent.left; right: parent.right; top: parent.top; bottom: caption.top; margins: Theme.mm(1) }
                visible: text !== ""
                text: pane.controls.veil ?? ""
                size: Theme.small
                fontSizeMode: Text.Fit
                minimumPixelSize: Theme.mm(2)
                horizontalAlignment: Text.AlignHCenter
                verticalAlignment: Text.AlignVCenter
                color: Theme.light
            }

            Caption {
                id: caption

                anchors { left: parent.left; leftMargin: Theme.mm(1); bottom: parent.bottom; bottomMargin: Theme.mm(1) }
                text: pane.controls.caption ?? ""
                most: mirror.width - Theme.mm(2)
                size: Theme.mm(2.6)
            }
        }
    }
}
