// SPDX-License-Identifier: Apache-2.0
// Pictures where Qt has a GPU.
import QtQuick
import QtMultimedia

VideoOutput {
    id: output

    required property var view

    anchors.fill: parent
    visible: !view.feed.empty
    fillMode: view.crop ? VideoOutput.PreserveAspectCrop : VideoOutput.PreserveAspectFit
    Component.onCompleted: view.feed.attach(output)
    Component.onDestruction: view.feed.detach(output)
    Accessible.ignored: true
}
