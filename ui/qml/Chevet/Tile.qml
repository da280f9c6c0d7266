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
    readonly property bool half: tile.shown.half ?? false

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
            size: Theme.mm(tile.half ? 3 : 3.2)
            medium: true
            color: Theme.ink
            Accessible.ignored: true
        }

        MarkLabel {
            x: tile.half ? title.x : parent.width - width - Theme.mm(3)
            y: tile.half ? parent.height - height - Theme.mm(1.2) : title.y + (title.height - height) / 2
            mark: tile.shown.mark
            Accessible.ignored: true
        }

        Words {
            id: when

            anchors { right: parent.right; rightMargin: Theme.mm(1.6); baseline: title.baseline }
            visible: tile.half
            text: tile.shown.when ?? ""
            size: Theme.mm(2.5)
            color: Theme.ink2
            Accessible.ignored: true
        }

        Words {
            id: number

            objectName: "value"
            x: Theme.mm(4.4)
            y: title.y + title.height - Theme.mm(tile.half ? 0.8 : 1.1)
            width: tile.half ? Math.min(implicitWidth, parent.width - x - unit.width - Theme.mm(2.6)) : implicitWidth
            text: tile.shown.value
            size: tile.half ? Theme.mm(7.4) : Theme.value
            fontSizeMode: tile.half ? Text.HorizontalFit : Text.FixedSize
            minimumPixelSize: Theme.mm(5)
            bold: true
            wrapMode: Text.NoWrap
            color: tile.grey || tile.shown.tone === "none" ? Theme.ink2 : Theme.ink
            Accessible.ignored: true
        }

        Words {
            id: unit

            anchors { left: number.right; leftMargin: Theme.mm(1.4); baseline: number.baseline }
            text: tile.shown.unit
            size: Theme.mm(tile.half ? 3 : 3.8)
            color: Theme.ink2
            Accessible.ignored: true
        }

        Row {
            id: said

            readonly property bool care: (tile.shown.care ?? []).length > 0

            visible: tile.half
            x: Theme.mm(4.6)
            y: number.y + number.height - Theme.mm(1)
            width: parent.width - x - Theme.mm(2)
            height: parent.height - y - Theme.mm(tile.shown.mark.kind === "" ? 1 : 4.8)
            spacing: Theme.mm(1)

            Sign {
                visible: said.care
                name: "care"
                tone: Theme.care
                side: Theme.mm(3)
            }

            Words {
                width: said.width - (said.care ? Theme.mm(4) : 0)
                height: said.height
                text: said.care ? tile.shown.care[0] + (tile.shown.lines[0] ? "\n" + tile.shown.lines[0] : "") : tile.shown.lines[0] ?? ""
                size: Theme.mm(2.7)
                fontSizeMode: Text.Fit
                minimumPixelSize: Theme.mm(2)
                lineHeight: 1.0
                medium: said.care
                color: said.care ? Theme.care : Theme.ink2
                Accessible.ignored: true
            }
        }

        Column {
            id: lines

            visible: !tile.half

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
