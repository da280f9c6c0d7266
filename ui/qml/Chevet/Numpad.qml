// SPDX-License-Identifier: Apache-2.0
// Digits, one separator ("," or "/" or none) and erase, for a value read on a display.
pragma ComponentBehavior: Bound
import QtQuick

Grid {
    id: pad

    signal typed(string text)
    signal erase

    property string separator: ""
    property real side: Theme.target(15)

    columns: 3
    spacing: Theme.mm(1.6)

    Repeater {
        model: ["1", "2", "3", "4", "5", "6", "7", "8", "9", pad.separator, "0", "erase"]

        Act {
            required property string modelData
            readonly property bool erases: modelData === "erase"

            width: pad.side
            height: pad.side
            kind: "key"
            size: Theme.mm(5.2)
            opacity: modelData === "" ? 0 : 1
            available: modelData !== ""
            text: erases ? "" : modelData
            sign: erases ? "erase" : ""
            spoken: erases ? "Effacer" : modelData === "," ? "Virgule" : modelData === "/" ? "Barre" : modelData
            onClicked: erases ? pad.erase() : pad.typed(modelData)
        }
    }
}
