// SPDX-License-Identifier: Apache-2.0
// Cameras, then what is done with the picture, the sound and the large text.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet

Row {
    id: row

    required property var kiosk
    readonly property var view: kiosk.controls.view
    readonly property var cameras: view.cameras ?? []
    readonly property int count: cameras.length + (view.listens ? 6 : 5)
    readonly property real cell: (width - (count - 1) * spacing) / count

    spacing: Theme.mm(1.8)

    Repeater {
        model: row.cameras.length

        Act {
            required property int index
            readonly property var camera: row.cameras[index] ?? {}

            width: row.cell
            height: row.height
            stacked: true
            sign: camera.ready ? camera.icon : "camera-off"
            text: camera.label ?? ""
            spoken: camera.spoken ?? ""
            chosen: camera.chosen ?? false
            onClicked: row.kiosk.act.chooseCamera(camera.id)
        }
    }

    Act {
        width: row.cell
        height: row.height
        stacked: true
        sign: row.view.frozen ? "play" : "pause"
        text: row.view.frozen ? "Reprendre" : "Figer"
        chosen: row.view.frozen ?? false
        onClicked: row.kiosk.act.toggleFreeze()
    }

    Act {
        width: row.cell
        height: row.height
        stacked: true
        sign: "camera"
        text: "Capturer"
        available: row.view.can_capture ?? false
        onClicked: row.kiosk.sheet.open("capture")
    }

    Act {
        visible: row.view.listens ?? false
        width: row.cell
        height: row.height
        stacked: true
        sign: "stethoscope"
        text: "Écouter"
        spoken: "Écouter au stéthoscope"
        available: row.view.can_listen ?? false
        onClicked: row.kiosk.sheet.open("listen")
    }

    Act {
        width: row.cell
        height: row.height
        stacked: true
        sign: row.view.microphone_on ? "microphone" : "microphone-off"
        text: row.view.microphone_on ? "Micro" : "Micro coupé"
        spoken: row.view.microphone_on ? "Couper le micro" : "Rétablir le micro"
        tone: row.view.microphone_on ? Theme.ink : Theme.stop
        onClicked: row.kiosk.act.toggleMicrophone()
    }

    Act {
        width: row.cell
        height: row.height
        stacked: true
        sign: row.view.camera_on ? "video" : "video-off"
        text: row.view.camera_on ? "Image" : "Image coupée"
        spoken: row.view.camera_on ? "Couper l’image" : "Rétablir l’image"
        tone: row.view.camera_on ? Theme.ink : Theme.stop
        onClicked: row.kiosk.act.toggleCamera()
    }

    Act {
        width: row.cell
        height: row.height
        stacked: true
        sign: "text"
        text: "Grand texte"
        onClicked: row.kiosk.sheet.open("text")
    }
}
