// SPDX-License-Identifier: Apache-2.0
// A sound's last seconds. A flat line while nothing is heard.
import QtQuick

Item {
    id: view

    required property var wave
    property color tone: Theme.primary
    property string spoken: "Onde du son"
    property bool watching: false

    function watch(shown: bool) {
        if (shown !== watching) {
            watching = shown;
            wave.watch(shown);
        }
    }

    onVisibleChanged: watch(visible)
    Component.onCompleted: watch(visible)
    Component.onDestruction: watch(false)
    Accessible.role: Accessible.Graphic
    Accessible.name: spoken + (wave.heard ? "" : ", rien n’est entendu")

    Rectangle {
        anchors { left: parent.left; right: parent.right; verticalCenter: parent.verticalCenter }
        height: Theme.stroke
        color: Theme.line
    }

    Image {
        anchors.fill: parent
        source: view.wave.source + "/" + Theme.hex(view.tone)
        sourceSize: Qt.size(Math.max(1, Math.round(width)), Math.max(1, Math.round(height)))
        cache: false
        Accessible.ignored: true
    }
}
