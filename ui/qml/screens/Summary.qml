// SPDX-License-Identifier: Apache-2.0
// The end: what was done, and what is not yet acknowledged.
pragma ComponentBehavior: Bound
import QtQuick
import Chevet

Item {
    id: page

    required property var kiosk
    readonly property var view: kiosk.summary.view
    readonly property var lines: view.lines ?? []

    Words {
        id: title

        x: Theme.mm(9)
        y: Theme.mm(5)
        width: parent.width - Theme.mm(18)
        text: page.view.title ?? ""
        size: Theme.mm(5.9)
        bold: true
        Accessible.role: Accessible.Heading
    }

    Words {
        id: when

        anchors { left: title.left; top: title.bottom; topMargin: Theme.mm(0.6) }
        width: list.width
        text: (page.view.when ?? "") + "\n" + (page.view.who ?? "")
        size: Theme.mm(3.5)
        color: Theme.ink2
    }

    Card {
        id: list

        anchors { left: title.left; top: when.bottom; topMargin: Theme.mm(3) }
        width: Theme.mm(6) + (parent.width - Theme.mm(24)) * 0.57
        height: Math.min(done.height + Theme.mm(2), parent.height - y - Theme.mm(5))

        Flickable {
            anchors { fill: parent; margins: Theme.mm(1) }
            contentHeight: done.height
            clip: true
            boundsBehavior: Flickable.StopAtBounds

            Column {
                id: done

                x: Theme.mm(4)
                width: parent.width - Theme.mm(8)

                Repeater {
                    model: page.lines.length

                    Item {
                        id: row

                        required property int index
                        readonly property var line: page.lines[index] ?? ({ "mark": { "kind": "", "word": "" } })

                        width: done.width
                        height: Math.max(what.height + Theme.mm(3.6), Theme.mm(8.6))
                        Accessible.role: Accessible.ListItem
                        Accessible.name: line.name + " : " + line.what + (line.mark.word ? ", " + line.mark.word : "")

                        Words {
                            id: name

                            y: (parent.height - height) / 2
                            width: Theme.mm(28)
                            text: row.line.name ?? ""
                            size: Theme.mm(3.3)
                            medium: true
                            wrapMode: Text.NoWrap
                            Accessible.ignored: true
                        }

                        Words {
                            id: what

                            anchors { left: name.right; right: parent.right; rightMargin: row.line.mark.word ? Theme.mm(24) : 0; verticalCenter: parent.verticalCenter }
                            text: row.line.what ?? ""
                            size: Theme.mm(3.3)
                            Accessible.ignored: true
                        }

                        MarkLabel {
                            anchors { right: parent.right; verticalCenter: parent.verticalCenter }
                            mark: row.line.mark
                            Accessible.ignored: true
                        }

                        Rectangle {
                            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
                            visible: row.index < page.lines.length - 1
                            height: Theme.stroke
                            color: Theme.line
                        }
                    }
                }
            }
        }
    }

    Words {
        id: report

        anchors { left: list.right; leftMargin: Theme.mm(6); top: when.top }
        text: "Compte rendu"
        size: Theme.heading
        bold: true
        Accessible.role: Accessible.Heading
    }

    Card {
        id: conclusion

        anchors { left: report.left; right: parent.right; rightMargin: Theme.mm(9); top: list.top }
        height: Math.min(said.height + Theme.mm(9), close.y - y - pending.height - Theme.mm(8))
        clip: true

        Flickable {
            anchors { fill: parent; margins: Theme.mm(4.4) }
            contentHeight: said.height
            clip: true
            boundsBehavior: Flickable.StopAtBounds

            Column {
                id: said

                width: parent.width
                spacing: Theme.mm(1)

                Words {
                    width: parent.width
                    text: page.view.concluded_by ? page.view.concluded_by : "Conclusion du médecin"
                    medium: true
                }

                Words {
                    width: parent.width
                    text: page.view.conclusion ? page.view.conclusion : "Aucune conclusion écrite pour l’instant."
                    color: page.view.conclusion ? Theme.ink : Theme.ink2
                    size: Theme.mm(3.6)
                    lineHeight: 1.15
                }

                MarkLabel { mark: page.view.conclusion_mark ?? ({ "kind": "", "word": "" }) }
            }
        }
    }

    Column {
        id: pending

        anchors { left: report.left; right: conclusion.right; top: conclusion.bottom; topMargin: Theme.mm(4) }
        spacing: Theme.mm(0.8)

        Words {
            width: parent.width
            text: page.view.pending ?? ""
            size: Theme.mm(3.6)
            medium: true
            color: page.view.why ? Theme.waiting : Theme.sent
        }

        Words {
            width: parent.width
            visible: text !== ""
            text: page.view.why ?? ""
            size: Theme.mm(3.2)
            color: Theme.ink2
        }
    }

    NoticeCard {
        anchors { left: title.left; right: close.left; rightMargin: Theme.mm(4); bottom: close.bottom }
        lines: (page.kiosk.frame.view.notices ?? []).slice(0, 1)
    }

    Act {
        id: close

        anchors { right: parent.right; rightMargin: Theme.mm(9); bottom: parent.bottom; bottomMargin: Theme.mm(5) }
        width: Math.max(implicitWidth, Theme.mm(61))
        height: Theme.target(12.8)
        kind: "primary"
        text: "Fermer le dossier"
        onClicked: page.kiosk.act.closeFile()
    }
}
