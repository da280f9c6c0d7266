// SPDX-License-Identifier: Apache-2.0
// A value: its number, unit, origin, doubts and state. It keeps its place whatever comes.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T

T.AbstractButton {
    id: tile

    required property var shown
    signal roomAir
    signal onOxygen

    readonly property bool grey: tile.shown.tone === "grey"

    focusPolicy: Qt.NoFocus
    Accessible.role: Accessible.Button
    Accessible.name: tile.shown.spoken ?? ""

    background: Rectangle {
        radius: Theme.radius
        color: tile.shown.asked ? Theme.primary : Theme.line

        Rectangle {
            anchors.fill: parent
            anchors.margins: tile.shown.asked ? Theme.stroke * 2 : Theme.stroke
            radius: Theme.radius - anchors.margins
            color: Theme.bars[tile.shown.key] ?? Theme.ink2

            Rectangle {
                anchors.fill: parent
                anchors.leftMargin: Theme.mm(1.5)
                radius: Theme.radius - Theme.stroke
                color: tile.down ? Theme.tint : tile.grey ? "#f9f8f5" : Theme.card
            }
        }
    }

    contentItem: Item {
        Words {
            id: title

            x: Theme.mm(4.6)
            y: Theme.mm(1.9)
            text: tile.shown.title
            size: Theme.mm(3.2)
            medium: true
            color: Theme.ink
            Accessible.ignored: true
        }

        MarkLabel {
            anchors { right: parent.right; rightMargin: Theme.mm(3); verticalCenter: title.verticalCenter }
            mark: tile.shown.mark
            Accessible.ignored: true
        }

        Words {
            id: number

            objectName: "value"
            x: Theme.mm(4.4)
            y: title.y + title.height - Theme.mm(1.1)
            text: tile.shown.value
            size: Theme.value
            bold: true
            wrapMode: Text.NoWrap
            color: tile.grey || tile.shown.tone === "none" ? Theme.ink2 : Theme.ink
            Accessible.ignored: true
        }

        Words {
            id: unit

            anchors { left: number.right; leftMargin: Theme.mm(1.4); baseline: number.baseline }
            text: tile.shown.unit
            size: Theme.mm(3.8)
            color: Theme.ink2
            Accessible.ignored: true
        }

        Column {
            id: lines

            x: Theme.mm(4.6)
            y: tile.shown.oxygen ? air.y + air.height + Theme.mm(0.4) : number.y + number.height - Theme.mm(1.4)
            width: parent.width - x - Theme.mm(2.4)

            Repeater {
                model: tile.shown.care

                Row {
                    required property string modelData
                    spacing: Theme.mm(1)

                    Sign {
                        anchors.verticalCenter: parent.verticalCenter
                        name: "care"
                        tone: Theme.care
                        side: Theme.mm(3)
                    }

                    Words {
                        width: Math.min(implicitWidth, lines.width - Theme.mm(4))
                        text: parent.modelData
                        size: Theme.small
                        fontSizeMode: Text.HorizontalFit
                        minimumPixelSize: Theme.mm(2.1)
                        medium: true
                        color: Theme.care
                        wrapMode: Text.NoWrap
                        Accessible.ignored: true
                    }
                }
            }

            Repeater {
                model: tile.shown.lines

                Words {
                    required property string modelData
                    width: lines.width
                    text: modelData
                    size: Theme.small
                    fontSizeMode: Text.HorizontalFit
                    minimumPixelSize: Theme.mm(2.1)
                    color: Theme.ink2
                    wrapMode: Text.NoWrap
                    Accessible.ignored: true
                }
            }
        }

        Act {
            id: oxygen

            visible: tile.shown.oxygen
            anchors { right: parent.right; rightMargin: Theme.mm(2.2) }
            y: air.y
            width: Theme.mm(20)
            height: Theme.target(12)
            size: Theme.small
            text: "Sous\noxygène…"
            spoken: "Sous oxygène"
            onClicked: tile.onOxygen()
        }

        Act {
            id: air

            visible: tile.shown.oxygen
            anchors { right: oxygen.left; rightMargin: Theme.mm(1.4) }
            y: title.y + title.height + Theme.mm(0.6)
            width: Theme.mm(17)
            height: Theme.target(12)
            size: Theme.small
            text: "Air ambiant"
            onClicked: tile.roomAir()
        }
    }
}
