// SPDX-License-Identifier: Apache-2.0
// Who are you: a name, then a code on keys of 20 mm.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet

Item {
    id: page

    required property var kiosk
    readonly property var view: kiosk.signIn.view
    readonly property var operators: view.operators ?? []

    Words {
        id: title

        x: Theme.mm(9)
        y: Theme.mm(7)
        width: pad.x - x - Theme.mm(4)
        text: "Bonjour. Qui êtes-vous ?"
        size: Theme.title
        bold: true
        Accessible.role: Accessible.Heading
    }

    Words {
        id: hint

        anchors { left: title.left; top: title.bottom; topMargin: Theme.mm(0.6) }
        width: title.width
        text: "Touchez votre nom, puis tapez votre code."
        size: Theme.mm(3.7)
        color: Theme.ink2
    }

    Flickable {
        anchors { left: title.left; right: pad.left; rightMargin: Theme.mm(6); top: hint.bottom; topMargin: Theme.mm(4); bottom: notices.top; bottomMargin: Theme.mm(2) }
        contentHeight: names.height
        clip: true
        boundsBehavior: Flickable.StopAtBounds

        Grid {
            id: names

            width: parent.width - Theme.stroke
            columns: 2
            spacing: Theme.mm(3)

            Repeater {
                model: page.operators.length

                Act {
                    id: person

                    required property int index
                    readonly property var row: page.operators[index]

                    width: (names.width - names.spacing) / 2
                    height: Theme.mm(17.5)
                    chosen: row?.chosen ?? false
                    spoken: row ? row.name + ", " + row.profession : ""
                    onClicked: page.kiosk.signIn.choose(row.id)

                    Sign {
                        id: portrait

                        anchors { left: parent.left; leftMargin: Theme.mm(4); verticalCenter: parent.verticalCenter }
                        name: "person"
                        tone: person.chosen ? Theme.primary : Theme.ink
                        side: Theme.mm(5.6)
                    }

                    Column {
                        anchors { left: portrait.right; leftMargin: Theme.mm(3); right: parent.right; rightMargin: Theme.mm(2); verticalCenter: parent.verticalCenter }

                        Words {
                            width: parent.width
                            text: person.row?.name ?? ""
                            size: Theme.mm(3.9)
                            medium: true
                            color: person.chosen ? Theme.primary : Theme.ink
                            Accessible.ignored: true
                        }

                        Words {
                            width: parent.width
                            text: person.row?.profession ?? ""
                            size: Theme.mm(3)
                            color: Theme.ink2
                            Accessible.ignored: true
                        }
                    }
                }
            }
        }
    }

    Words {
        id: support

        anchors { left: title.left; right: pad.left; rightMargin: Theme.mm(6); bottom: parent.bottom; bottomMargin: Theme.mm(4) }
        text: page.view.support ?? ""
        size: Theme.mm(3.2)
        color: Theme.ink2
    }

    NoticeCard {
        id: notices

        anchors { left: title.left; right: pad.left; rightMargin: Theme.mm(6); bottom: support.top; bottomMargin: Theme.mm(2) }
        lines: page.kiosk.frame.view.notices ?? []
    }

    Card {
        id: pad

        anchors { right: parent.right; rightMargin: Theme.mm(9); verticalCenter: parent.verticalCenter }
        width: keys.width + Theme.mm(10)
        height: Math.min(parent.height - Theme.mm(3), head.height + dots.height + keys.height + Theme.mm(11))

        Words {
            id: head

            anchors { left: keys.left; right: keys.right; top: parent.top; topMargin: Theme.mm(2.6) }
            text: page.view.line ? page.view.line : page.view.name ? page.view.name : "Votre code"
            size: page.view.line ? Theme.mm(3.2) : Theme.heading
            height: Theme.mm(5.4)
            fontSizeMode: Text.Fit
            minimumPixelSize: Theme.mm(2.4)
            verticalAlignment: Text.AlignVCenter
            medium: true
            color: page.view.line ? Theme.stop : Theme.ink
        }

        Row {
            id: dots

            anchors { left: keys.left; top: head.bottom; topMargin: Theme.mm(1.4) }
            spacing: Theme.mm(2)
            Accessible.role: Accessible.StaticText
            Accessible.name: (page.view.typed ?? 0) + ((page.view.typed ?? 0) > 1 ? " chiffres" : " chiffre") + " sur 6"

            Repeater {
                model: 6

                Rectangle {
                    required property int index
                    width: (keys.width - 5 * dots.spacing) / 6
                    height: Theme.mm(8)
                    radius: Theme.mm(1.6)
                    color: Theme.card
                    border.color: Theme.line
                    border.width: Theme.stroke

                    Rectangle {
                        anchors.centerIn: parent
                        visible: parent.index < (page.view.typed ?? 0)
                        width: Theme.mm(3.8)
                        height: width
                        radius: width / 2
                        color: page.view.busy ? Theme.primary : Theme.ink
                    }
                }
            }
        }

        Keypad {
            id: keys

            anchors { horizontalCenter: parent.horizontalCenter; top: dots.bottom; topMargin: Theme.mm(2.4) }
            high: Math.min(Theme.key(20), (page.height - Theme.mm(3) - head.height - dots.height - Theme.mm(11)) / 4 - spacing * 0.75)
            onDigit: text => page.kiosk.signIn.key(text)
            onErase: page.kiosk.signIn.erase()
            onEnter: page.kiosk.signIn.enter()
        }
    }
}
