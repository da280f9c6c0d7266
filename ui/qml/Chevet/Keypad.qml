// SPDX-License-Identifier: Apache-2.0
// Digits on keys of 20 mm, erase and enter.
pragma ComponentBehavior: Bound
import QtQuick

Grid {
    id: pad

    signal digit(string text)
    signal erase
    signal enter

    property real side: Theme.key(20)
    property real high: side

    columns: 3
    spacing: Theme.mm(2)

    Repeater {
        model: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "erase", "0", "enter"]

        Act {
            required property string modelData
            readonly property bool figure: modelData.length === 1

            width: pad.side
            height: pad.high
            kind: "key"
            size: Theme.mm(5.2)
            text: figure ? modelData : ""
            sign: figure ? "" : modelData === "erase" ? "erase" : "check"
            spoken: figure ? modelData : modelData === "erase" ? "Effacer" : "Valider"
            onClicked: figure ? pad.digit(modelData) : modelData === "erase" ? pad.erase() : pad.enter()
        }
    }
}
