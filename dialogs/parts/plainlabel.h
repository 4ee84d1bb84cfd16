#pragma once

#include <QLabel>

namespace elephaas {

// A label that shows its text as it is: names of the inventory may hold mark-up, which must never be interpreted.
// `objectName` is the label's object name.
QLabel* plainLabel(const QString& text, const QString& objectName, QWidget* parent = nullptr);
// The same, wrapping, with text that can be selected and copied by mouse and keyboard.
QLabel* wrappedLabel(const QString& text, const QString& objectName, QWidget* parent = nullptr);
// Bigger and bolder: what the dialog is about.
QLabel* headingLabel(const QString& text, const QString& objectName, QWidget* parent = nullptr);
// Paints in the muted colour of the palette and follows its changes.
void makeMuted(QLabel* label);

// For texts that go where "&" marks a mnemonic: buttons, check boxes, group boxes, menus.
QString withoutMnemonics(const QString& text);
// What a screen reader calls an editor, and the line of a drop-down that can be typed into. The nameless surface of a text editor never
// says that it has the focus.
void nameEditor(QWidget* editor, const QString& name);
// One line, control characters made visible and long text shortened in the middle, for titles and sentences.
QString inOneLine(const QString& text, int longest = 80);
// The fixed-pitch font of the desktop.
QFont fixedFont();

} // namespace elephaas
