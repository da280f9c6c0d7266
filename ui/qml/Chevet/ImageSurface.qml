// SPDX-License-Identifier: Apache-2.0
// Pictures where Qt draws in software.
import QtQuick

Image {
    required property var view

    anchors.fill: parent
    visible: !view.feed.empty
    source: view.visible ? view.feed.source : ""
    cache: false
    fillMode: view.crop ? Image.PreserveAspectCrop : Image.PreserveAspectFit
    Accessible.ignored: true
}
