// SPDX-License-Identifier: Apache-2.0
// Which resident, and is the cart ready.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet

Item {
    id: page

    required property var kiosk
    readonly property var view: kiosk.home.view
    readonly property var residents: view.residents ?? []
    readonly property var ready: view.ready ?? []
    property bool searching: false

    Item {
        anchors.fill: parent
        visible: !form.active

        Words {
            id: title

            x: Theme.mm(8)
            y: Theme.mm(5)
            text: "Pour quel résident ?"
            size: Theme.title
            bold: true
            Accessible.role: Accessible.Heading
        }

        Row {
            id: doors

            anchors { left: title.left; right: side.left; rightMargin: Theme.mm(6); top: title.bottom; topMargin: Theme.mm(3) }
            spacing: Theme.mm(2.6)

            Act {
                objectName: "search"
                width: (doors.width - doors.spacing) / 2
                height: Theme.target(12.6)
                sign: "search"
                chosen: page.searching
                text: page.view.search ? "« " + page.view.search + " »" : "Chercher un nom"
                spoken: "Chercher un nom"
                onClicked: {
                    page.searching = !page.searching;
                    page.kiosk.home.search("");
                }
            }

            Act {
                width: (doors.width - doors.spacing) / 2
                height: Theme.target(12.6)
                sign: "person"
                text: "Saisir une identité"
                onClicked: page.kiosk.identity.begin()
            }
        }

        Card {
            id: list

            anchors { left: title.left; right: doors.right; top: doors.bottom; topMargin: Theme.mm(3) }
            height: Math.min(parent.height - y - (page.searching ? board.height + Theme.mm(3) : Theme.mm(4)), Math.max(rows.contentHeight, Theme.mm(24)) + 2 * Theme.stroke)
            clip: true

            ListView {
                id: rows

                anchors { fill: parent; margins: Theme.stroke }
                model: page.residents.length
                clip: true
                boundsBehavior: Flickable.StopAtBounds
                delegate: ResidentRow {
                    required property int index
                    width: rows.width
                    row: page.residents[index] ?? {}
                    last: index === page.residents.length - 1
                    onClicked: page.kiosk.home.choose(row.id)
                }

                Rectangle {
                    visible: rows.contentHeight > rows.height
                    anchors.right: parent.right
                    y: rows.visibleArea.yPosition * rows.height
                    width: Theme.mm(0.9)
                    height: rows.visibleArea.heightRatio * rows.height
                    radius: width / 2
                    color: Theme.ink2
                }
            }

            Words {
                anchors.centerIn: parent
                visible: text !== ""
                text: page.view.found ?? ""
                color: Theme.ink2
            }
        }

        Item {
            id: side

            anchors { right: parent.right; rightMargin: Theme.mm(8); top: title.top; bottom: parent.bottom; bottomMargin: Theme.mm(4) }
            width: Theme.mm(77)
            visible: !page.searching

            Words {
                id: sideTitle

                anchors.verticalCenter: leave.verticalCenter
                text: page.view.title ?? ""
                size: Theme.heading
                bold: true
                width: leave.x - Theme.mm(2)
                Accessible.role: Accessible.Heading
            }

            Act {
                id: leave

                anchors.right: parent.right
                sign: "leave"
                text: "Quitter"
                onClicked: page.kiosk.act.signOut()
            }

            Flickable {
                anchors { left: parent.left; right: parent.right; top: leave.bottom; topMargin: Theme.mm(3); bottom: parent.bottom }
                contentHeight: lines.height + Theme.mm(2)
                clip: true
                boundsBehavior: Flickable.StopAtBounds

                Column {
                    id: lines

                    width: parent.width
                    spacing: Theme.mm(3)

                    Card {
                        width: parent.width
                        height: checks.height + Theme.mm(3)

                        Column {
                            id: checks

                            x: Theme.mm(4)
                            y: Theme.mm(1.5)
                            width: parent.width - Theme.mm(8)

                            Repeater {
                                model: page.ready.length

                                ReadyRow {
                                    required property int index
                                    width: checks.width
                                    row: page.ready[index] ?? {}
                                    last: index === page.ready.length - 1
                                }
                            }
                        }
                    }

                    Card {
                        visible: page.view.sound ?? false
                        width: parent.width
                        height: Theme.target(12) + tried.height + Theme.mm(tried.visible ? 6 : 4)

                        WaveView {
                            anchors { left: parent.left; leftMargin: Theme.mm(4); right: test.left; rightMargin: Theme.mm(3); top: test.top; bottom: test.bottom }
                            wave: page.kiosk.microphone
                            spoken: "Ce que le micro entend"
                        }

                        Act {
                            id: test

                            anchors { right: parent.right; rightMargin: Theme.mm(2) }
                            y: Theme.mm(2)
                            height: Theme.target(12)
                            sign: "microphone"
                            text: page.view.testing ? "Test en cours…" : "Tester le son"
                            available: !page.view.testing
                            onClicked: page.kiosk.act.testSound()
                        }

                        Words {
                            id: tried

                            anchors { left: parent.left; leftMargin: Theme.mm(4); right: parent.right; rightMargin: Theme.mm(4); top: test.bottom; topMargin: Theme.mm(1.6) }
                            visible: text !== ""
                            height: visible ? implicitHeight : 0
                            text: page.view.tested ?? ""
                            size: Theme.mm(3)
                            color: page.view.heard_well ? Theme.sent : page.view.testing ? Theme.ink2 : Theme.care
                        }
                    }

                    NoticeCard {
                        width: parent.width
                        lines: page.view.notices ?? []
                    }
                }
            }
        }

        Keyboard {
            id: board

            visible: page.searching
            anchors { left: title.left; right: parent.right; rightMargin: Theme.mm(8); bottom: parent.bottom; bottomMargin: Theme.mm(2) }
            onTyped: text => page.kiosk.home.search((page.view.search ?? "") + text)
            onErase: page.kiosk.home.search((page.view.search ?? "").slice(0, -1))
        }
    }

    Loader {
        id: form

        anchors.fill: parent
        active: page.kiosk.identity.view.open ?? false
        Component.onCompleted: setSource("IdentityForm.qml", { "kiosk": page.kiosk })
    }
}
