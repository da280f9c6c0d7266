// SPDX-License-Identifier: Apache-2.0
// One question over the screen: its words, its answers, keys or a keyboard when it needs them.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet

Rectangle {
    id: page

    required property var kiosk
    readonly property var view: kiosk.sheet.view
    readonly property var lines: view.lines ?? []
    readonly property var keys: view.keys ?? []
    readonly property var choices: view.choices ?? []
    readonly property bool padding: (view.pad ?? "") !== ""
    readonly property bool typing: (view.limit ?? 0) > 0 && !padding

    color: "#9914212b"

    MouseArea { anchors.fill: parent }

    Card {
        id: card

        anchors.horizontalCenter: parent.horizontalCenter
        y: page.typing ? parent.height - height - Theme.mm(2) : (parent.height - height) / 2
        width: page.typing ? parent.width - Theme.mm(4) : Math.min(parent.width - Theme.mm(10), Theme.mm(150))
        height: (page.padding ? Math.max(body.height, pad.height) : body.height) + Theme.mm(page.typing ? 6 : page.padding ? 8 : 12)
        Accessible.role: Accessible.Dialog
        Accessible.name: page.view.title ?? ""

        Column {
            id: body

            anchors { left: parent.left; right: page.padding ? pad.left : parent.right; margins: Theme.mm(page.typing ? 3 : 7); verticalCenter: parent.verticalCenter }
            spacing: Theme.mm(page.typing ? 1.8 : 2.6)

            Words {
                width: parent.width
                text: page.view.title ?? ""
                size: page.typing ? Theme.mm(4.6) : Theme.mm(5.4)
                bold: true
                Accessible.role: Accessible.Heading
            }

            Repeater {
                model: page.lines

                Words {
                    required property string modelData
                    required property int index
                    width: body.width
                    text: modelData
                    size: Theme.mm(3.8)
                    medium: index === 0
                    lineHeight: 1.12
                    color: index === 0 ? Theme.ink : Theme.ink2
                }
            }

            Item {
                width: 1
                height: Theme.mm(0.4)
                visible: !page.typing
            }

            Grid {
                id: grid

                visible: page.keys.length > 0
                width: parent.width
                columns: Math.max(1, page.view.columns ?? 1)
                spacing: Theme.mm(2)

                Repeater {
                    model: page.keys

                    Act {
                        required property var modelData
                        readonly property bool big: page.view.name === "oxygen"
                        width: (grid.width - (grid.columns - 1) * grid.spacing) / grid.columns
                        height: big ? Theme.target(16) : Theme.target(12)
                        kind: modelData.kind
                        chosen: modelData.chosen ?? false
                        size: big ? Theme.mm(4.6) : page.typing ? Theme.mm(3.2) : Theme.action
                        text: modelData.label
                        onClicked: page.kiosk.sheet.choose(modelData.id)
                    }
                }
            }

            Field {
                width: parent.width
                visible: page.typing || page.padding
                label: page.view.hint ?? ""
                value: page.view.text ?? ""
                hint: ""
                current: true
            }

            Keyboard {
                visible: page.typing
                width: parent.width
                upper: (page.view.text ?? "") === ""
                numbers: false
                onTyped: text => page.kiosk.sheet.key(text)
                onErase: page.kiosk.sheet.key("")
            }

            Flow {
                id: answers

                width: parent.width
                spacing: Theme.mm(2.6)
                layoutDirection: Qt.RightToLeft

                Repeater {
                    model: page.choices.length

                    Act {
                        required property int index
                        readonly property var choice: page.choices[page.choices.length - 1 - index] ?? {}
                        height: Theme.target(12.6)
                        available: (choice.id ?? "") !== ""
                        kind: choice.kind ?? "outline"
                        text: choice.label ?? ""
                        onClicked: page.kiosk.sheet.choose(choice.id)
                    }
                }
            }
        }

        Numpad {
            id: pad

            visible: page.padding
            anchors { right: parent.right; rightMargin: Theme.mm(4); verticalCenter: parent.verticalCenter }
            separator: (page.view.pad ?? "").slice(10)
            onTyped: text => page.kiosk.sheet.key(text)
            onErase: page.kiosk.sheet.key("")
        }
    }
}
