// SPDX-License-Identifier: Apache-2.0
// The encounter: the doctor large, what the doctor sees, the values, the controls.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet

Item {
    id: page

    required property var kiosk
    readonly property var tiles: kiosk.tiles.view.tiles ?? []
    readonly property var controls: kiosk.controls.view
    readonly property bool tray: kiosk.frame.view.tray ?? false
    readonly property real margin: Theme.mm(3.4)

    DoctorPane {
        id: doctor

        anchors { left: parent.left; leftMargin: page.margin; right: column.left; rightMargin: page.margin; top: parent.top; topMargin: page.margin; bottom: row.top; bottomMargin: Theme.gap }
        kiosk: page.kiosk
        visible: !page.tray
    }

    ControlRow {
        id: row

        anchors { left: doctor.left; right: doctor.right; bottom: parent.bottom; bottomMargin: page.margin }
        height: Theme.target(14.4)
        kiosk: page.kiosk
        visible: !page.tray
    }

    Item {
        id: column

        // Two tall tiles, then two rows of two.
        readonly property var shares: [25, 25, 22.6, 22.6]
        readonly property real whole: shares[0] + shares[1] + shares[2] + shares[3]
        readonly property real room: height - 3 * Theme.gap

        function level(index: int): int {
            return index < 2 ? index : 2 + Math.floor((index - 2) / 2);
        }

        visible: !page.tray
        anchors { right: parent.right; rightMargin: page.margin; top: doctor.top; bottom: doctor.bottom }
        width: Theme.mm(71)

        Repeater {
            model: 6

            Tile {
                required property int index
                readonly property int level: column.level(index)

                width: index < 2 ? column.width : (column.width - Theme.gap) / 2
                height: Math.floor(column.room * column.shares[level] / column.whole)
                x: index < 2 || index % 2 === 0 ? 0 : column.width - width
                y: {
                    let top = 0;
                    for (let i = 0; i < level; i++)
                        top += column.room * column.shares[i] / column.whole + Theme.gap;
                    return Math.floor(top);
                }
                shown: page.tiles[index] ?? ({ "care": [], "lines": [], "mark": { "kind": "", "word": "" } })
                onClicked: page.kiosk.sheet.open("tile", shown.key)
                onRoomAir: page.kiosk.act.roomAir()
                onOnOxygen: page.kiosk.sheet.open("oxygen")
            }
        }
    }

    Act {
        id: aside

        anchors { left: column.left; top: row.top; bottom: row.bottom }
        width: (column.width - Theme.gap) / 2
        visible: !page.tray
        sign: "tray"
        size: Theme.mm(3.1)
        tone: (page.controls.aside_count ?? 0) > 0 ? Theme.care : Theme.ink2
        text: (page.controls.aside_count ?? 0) > 0 ? page.controls.aside : "Rien de côté"
        onClicked: page.kiosk.act.showTray(true)
    }

    Act {
        anchors { right: column.right; top: row.top; bottom: row.bottom }
        width: aside.width
        visible: !page.tray
        kind: "destructive"
        size: Theme.mm(4)
        text: "Terminer…"
        spoken: "Terminer"
        onClicked: page.kiosk.sheet.open("end")
    }

    Loader {
        anchors.fill: parent
        active: page.tray
        Component.onCompleted: setSource("Aside.qml", { "kiosk": page.kiosk })
    }
}
