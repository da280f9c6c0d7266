// SPDX-License-Identifier: Apache-2.0
// The tokens: colours, and sizes in millimetres of glass.
pragma Singleton
import QtQuick

QtObject {
    // Pixels in a millimetre, and how much everything is drawn in to fit the glass: both set by Main.
    property real dots: 5.87
    property real fit: 1
    property string family: "Inter"

    readonly property color ink: "#14212b"
    readonly property color ink2: "#4a5661"
    readonly property color paper: "#f5f3ee"
    readonly property color card: "#ffffff"
    readonly property color line: "#d8d3c7"
    readonly property color quiet: "#ebe9e3"
    readonly property color primary: "#0b5a5e"
    readonly property color pressed: "#083f42"
    readonly property color tint: "#e3efee"
    readonly property color sent: "#1b6e3a"
    readonly property color waiting: "#5b5470"
    readonly property color care: "#7a4a12"
    readonly property color stop: "#9b2226"
    readonly property color dark: "#14212b"
    readonly property color light: "#ffffff"

    readonly property var bars: ({
        "pressure": "#6b3fa0", "saturation": "#0077b6", "pulse": "#1b7f3b",
        "temperature": "#b35900", "glucose": "#8a5a00", "weight": "#4a5661"
    })
    readonly property var marks: ({ "recorded": primary, "waiting": waiting, "sent": sent })

    readonly property real radius: mm(2.8)
    readonly property real gap: mm(2.2)
    readonly property real stroke: Math.max(1, Math.round(0.3 * dots))

    // Text sizes.
    readonly property real value: mm(9.2)
    readonly property real title: mm(6.4)
    readonly property real heading: mm(4.1)
    readonly property real action: mm(3.6)
    readonly property real body: mm(3.4)
    readonly property real small: mm(2.8)

    function mm(length: real): real {
        return Math.round(length * dots * fit);
    }

    // A touch target: never under 12 mm of glass.
    function target(length: real): real {
        return Math.max(mm(length), Math.ceil(12 * dots));
    }

    // A key: 20 mm of glass when there is room, as asked for.
    function key(length: real): real {
        return Math.max(Math.floor(length * dots), Math.ceil(12 * dots));
    }

    function hex(tone: color): string {
        return tone.toString().slice(-6);
    }
}
