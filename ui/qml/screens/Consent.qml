// SPDX-License-Identifier: Apache-2.0
// Right person? agrees? The second gesture opens after the first.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet

Item {
    id: page

    required property var kiosk
    readonly property var view: kiosk.consent.view
    readonly property bool known: view.identified ?? false

    Words {
        id: who

        x: Theme.mm(9)
        y: Theme.mm(5)
        width: (page.width - Theme.mm(25)) / 2
        text: "Est-ce bien cette personne ?"
        size: Theme.mm(5.9)
        bold: true
        Accessible.role: Accessible.Heading
    }

    Words {
        id: whoHint

        anchors { left: who.left; top: who.bottom; topMargin: Theme.mm(0.6) }
        width: who.width
        text: "Demandez-lui son nom et sa date de naissance."
        size: Theme.mm(3.5)
        color: Theme.ink2
    }

    Card {
        id: identity

        anchors { left: who.left; right: who.right; top: whoHint.bottom; topMargin: Theme.mm(3); bottom: yes.top; bottomMargin: Theme.mm(3) }

        Column {
            anchors { left: parent.left; leftMargin: Theme.mm(5); right: parent.right; rightMargin: Theme.mm(4); verticalCenter: parent.verticalCenter }
            spacing: Theme.mm(1)
            Accessible.role: Accessible.StaticText
            Accessible.name: page.view.spoken ?? ""

            Words {
                width: parent.width
                text: page.view.family ?? ""
                size: Theme.mm(7)
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.mm(4.6)
                wrapMode: Text.NoWrap
                bold: true
                Accessible.ignored: true
            }

            Words {
                width: parent.width
                text: page.view.given ?? ""
                size: Theme.mm(5.6)
                Accessible.ignored: true
            }

            Text {
                width: parent.width
                topPadding: Theme.mm(1.6)
                text: (page.view.born ?? "") + " <b>" + (page.view.birth_date ?? "") + "</b> " + (page.view.birthplace ?? "")
                textFormat: Text.StyledText
                color: Theme.ink
                font.family: Theme.family
                font.pixelSize: Theme.mm(4.8)
                wrapMode: Text.WordWrap
                Accessible.ignored: true
            }

            Words {
                width: parent.width
                topPadding: Theme.mm(1.4)
                text: page.view.detail ?? ""
                size: Theme.mm(3.3)
                color: Theme.ink2
                Accessible.ignored: true
            }
        }
    }

    Act {
        id: no

        anchors { left: who.left; bottom: measure.top; bottomMargin: Theme.mm(7) }
        width: (who.width - Theme.mm(2.6)) * 0.42
        height: Theme.mm(12.6)
        kind: "destructive"
        text: "Non, changer"
        onClicked: page.kiosk.act.changePatient()
    }

    Act {
        id: yes

        anchors { right: who.right; bottom: no.bottom }
        width: (who.width - Theme.mm(2.6)) * 0.58
        height: no.height
        kind: page.known ? "outline" : "primary"
        chosen: page.known
        sign: "check"
        text: page.view.yes ?? ""
        onClicked: page.kiosk.act.confirmIdentity()
    }

    Words {
        id: agrees

        anchors { left: who.right; leftMargin: Theme.mm(7); top: who.top }
        width: who.width
        text: page.view.agrees ?? ""
        size: Theme.mm(5.9)
        bold: true
        Accessible.role: Accessible.Heading
    }

    Words {
        id: agreesHint

        anchors { left: agrees.left; top: whoHint.top }
        width: who.width
        text: page.known ? "Lisez-lui, puis notez sa réponse." : "D’abord, vérifiez la personne."
        size: Theme.mm(3.5)
        color: Theme.ink2
    }

    Card {
        id: aloud

        anchors { left: agrees.left; right: agrees.right; top: identity.top }
        height: words.height + Theme.mm(8)

        Words {
            id: words

            anchors { left: parent.left; leftMargin: Theme.mm(5); right: parent.right; rightMargin: Theme.mm(5); verticalCenter: parent.verticalCenter }
            text: page.view.text ?? ""
            size: Theme.mm(3.9)
            lineHeight: 1.25
        }
    }

    Row {
        id: others

        anchors { left: agrees.left; right: agrees.right; top: aloud.bottom; topMargin: Theme.mm(3) }
        spacing: Theme.mm(2.4)

        Repeater {
            model: [
                { "sheet": "written", "kind": "outline", "text": "Par écrit…" },
                { "sheet": "representative", "kind": "outline", "text": page.view.representative ?? "" },
                { "sheet": "refuse", "kind": "destructive", "text": (page.view.refuses ?? "") + "…" }
            ]

            Act {
                required property var modelData
                width: (others.width - 2 * others.spacing) / 3
                height: Theme.target(12)
                size: Theme.mm(3.3)
                available: page.known
                kind: modelData.kind
                text: modelData.text
                onClicked: page.kiosk.sheet.open(modelData.sheet)
            }
        }
    }

    NoticeCard {
        anchors { left: agrees.left; right: agrees.right; bottom: call.top; bottomMargin: Theme.mm(2) }
        lines: (page.kiosk.frame.view.notices ?? []).slice(0, 1)
    }

    Act {
        id: measure

        anchors { left: who.left; bottom: parent.bottom; bottomMargin: Theme.mm(5.4) }
        width: Math.min(implicitWidth, call.x - x - Theme.mm(3))
        height: Theme.mm(14.5)
        available: page.known
        text: page.view.measure ?? ""
        onClicked: page.kiosk.act.agree(false)
    }

    Act {
        id: call

        anchors { right: agrees.right; bottom: measure.bottom }
        height: measure.height
        available: page.known
        kind: page.known ? "primary" : "outline"
        sign: "video"
        size: Theme.mm(3.9)
        text: page.view.call ?? ""
        onClicked: page.kiosk.act.agree(true)
    }
}
