// SPDX-License-Identifier: Apache-2.0
// « Saisir une identité » : the strict traits.
import QtQuick
import Chevet

Rectangle {
    id: page

    required property var kiosk
    readonly property var view: kiosk.identity.view
    readonly property var vm: kiosk.identity

    color: Theme.paper

    MouseArea { anchors.fill: parent }

    Words {
        id: title

        x: Theme.mm(6)
        anchors.verticalCenter: go.verticalCenter
        text: page.view.line ? page.view.line : "Saisir une identité"
        size: page.view.line ? Theme.heading : Theme.mm(5.4)
        width: back.x - x - Theme.mm(2)
        bold: true
        color: page.view.line ? Theme.stop : Theme.ink
        Accessible.role: Accessible.Heading
    }

    Act {
        id: back

        anchors { right: go.left; rightMargin: Theme.mm(2.6); verticalCenter: go.verticalCenter }
        text: "Annuler"
        onClicked: page.vm.leave()
    }

    Act {
        id: go

        anchors { right: parent.right; rightMargin: Theme.mm(6) }
        y: Theme.mm(2)
        kind: "primary"
        text: "Ouvrir le dossier"
        onClicked: page.vm.enter()
    }

    Grid {
        id: fields

        readonly property real third: (width - 2 * spacing) / 3

        anchors { left: title.left; right: go.right; top: go.bottom; topMargin: Theme.mm(1) }
        columns: 3
        spacing: Theme.mm(2)

        Field { width: fields.third; label: "Nom de naissance"; value: page.view.family ?? ""; current: page.view.field === "family"; onClicked: page.vm.focus("family") }
        Field { width: fields.third; label: "Premier prénom"; value: page.view.given ?? ""; current: page.view.field === "given"; onClicked: page.vm.focus("given") }

        Item {
            width: fields.third
            height: Theme.mm(4.4) + Theme.target(12)

            Words { text: "Sexe"; size: Theme.small; color: Theme.ink2 }

            Row {
                anchors.bottom: parent.bottom
                spacing: Theme.mm(2)

                Act { width: (fields.third - Theme.mm(2)) / 2; height: Theme.target(12); text: "Femme"; chosen: page.view.sex === "female"; onClicked: page.vm.sex("female") }
                Act { width: (fields.third - Theme.mm(2)) / 2; height: Theme.target(12); text: "Homme"; chosen: page.view.sex === "male"; onClicked: page.vm.sex("male") }
            }
        }

        Field { width: fields.third; label: "Date de naissance"; hint: "JJ/MM/AAAA"; value: page.view.born ?? ""; current: page.view.field === "born"; onClicked: page.vm.focus("born") }
        Field { width: fields.third; label: "Lieu de naissance (si connu)"; value: page.view.birthplace ?? ""; current: page.view.field === "birthplace"; onClicked: page.vm.focus("birthplace") }
        Field { width: fields.third; label: "Chambre (si connue)"; value: page.view.room ?? ""; current: page.view.field === "room"; onClicked: page.vm.focus("room") }
    }

    Keyboard {
        anchors { left: title.left; right: go.right; bottom: parent.bottom; bottomMargin: Theme.mm(2) }
        upper: page.view.field === "family"
        high: Math.max(Math.ceil(12 * Theme.dots), (parent.height - fields.y - fields.height - Theme.mm(5)) / 5 - spacing)
        onTyped: text => page.vm.key(text)
        onErase: page.vm.key("")
    }
}
