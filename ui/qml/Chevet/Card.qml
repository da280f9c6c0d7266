// SPDX-License-Identifier: Apache-2.0
// A sheet of paper.
import QtQuick

Rectangle {
    color: Theme.card
    radius: Theme.radius
    border.color: Theme.line
    border.width: Theme.stroke
}
