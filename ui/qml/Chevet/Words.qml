// SPDX-License-Identifier: Apache-2.0
// Text that an assistive tool can read.
import QtQuick

Text {
    property real size: Theme.body
    property bool bold: false
    property bool medium: false

    color: Theme.ink
    font.family: Theme.family
    font.pixelSize: size
    font.weight: bold ? Font.Bold : medium ? Font.DemiBold : Font.Normal
    font.features: { "tnum": 1 }
    wrapMode: Text.WordWrap
    textFormat: Text.PlainText
    Accessible.role: Accessible.StaticText
    Accessible.name: text
}
