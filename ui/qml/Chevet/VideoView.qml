// SPDX-License-Identifier: Apache-2.0
// A feed's picture. An old one turns grey and says since when: it never looks live.
pragma ComponentBehavior: Bound
import QtQuick

Item {
    id: view

    required property var feed
    property bool crop: false
    property string spoken: "Image"

    property bool watching: false

    clip: true

    function watch(shown: bool) {
        if (shown !== watching) {
            watching = shown;
            feed.watch(shown);
        }
    }

    onVisibleChanged: watch(visible)
    Component.onCompleted: watch(visible)
    Component.onDestruction: watch(false)
    Accessible.role: Accessible.Graphic
    Accessible.name: feed.empty ? spoken + ", pas d’image" : feed.stale ? spoken + ", " + feed.age : spoken + ", en direct"

    Loader {
        anchors.fill: parent
        Component.onCompleted: setSource(view.feed.sinks ? "SinkSurface.qml" : "ImageSurface.qml", { "view": view })
    }

    Rectangle {
        anchors.fill: parent
        visible: view.feed.stale && !view.feed.empty
        color: "#d0d9d7d2"
    }

    Caption {
        anchors.centerIn: parent
        visible: view.feed.stale && !view.feed.empty
        text: view.feed.age
        most: view.width
        size: view.width > Theme.mm(60) ? Theme.action : Theme.small
    }
}
