// SPDX-License-Identifier: Apache-2.0
// A small French keyboard (AZERTY) for names and short sentences.
pragma ComponentBehavior: Bound
import QtQuick

Column {
    id: keyboard

    signal typed(string text)
    signal erase

    property bool upper: true
    property bool numbers: true
    readonly property var rows: [
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"],
        ["a", "z", "e", "r", "t", "y", "u", "i", "o", "p"],
        ["q", "s", "d", "f", "g", "h", "j", "k", "l", "m"],
        ["w", "x", "c", "v", "b", "n", "é", "è", "ç", "à"],
        ["ë", "ï", "ô", "-", "’", " ", "erase"]
    ]
    readonly property real cell: (width - 9 * spacing) / 10
    property real high: Theme.target(12)

    spacing: Theme.mm(1.1)

    Repeater {
        model: keyboard.numbers ? keyboard.rows : keyboard.rows.slice(1)

        Row {
            id: row

            required property var modelData
            spacing: keyboard.spacing

            Repeater {
                model: row.modelData

                Act {
                    required property string modelData
                    readonly property bool space: modelData === " "
                    readonly property bool erases: modelData === "erase"
                    readonly property string letter: keyboard.upper ? modelData.toUpperCase() : modelData

                    width: space ? keyboard.cell * 3 + keyboard.spacing * 2 : erases ? keyboard.cell * 2 + keyboard.spacing : keyboard.cell
                    height: keyboard.high
                    kind: "key"
                    size: space ? Theme.body : Theme.mm(4.4)
                    text: erases ? "" : space ? "espace" : letter
                    sign: erases ? "erase" : ""
                    spoken: erases ? "Effacer" : space ? "Espace" : letter
                    onClicked: erases ? keyboard.erase() : keyboard.typed(letter)
                }
            }
        }
    }
}
