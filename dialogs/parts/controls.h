#pragma once

class QLineEdit;
class QPushButton;
class QString;
class QWidget;

namespace elephaas {

// A button of a dialog that Enter does not press by chance.
QPushButton* plainButton(const QString& text, const QString& objectName, const QString& accessibleName, QWidget* parent);
// A line in which a list is searched while typing; `what` stands in it as long as it is empty, and is what a screen reader calls it.
QLineEdit* searchLine(const QString& what, const QString& objectName, QWidget* parent);

} // namespace elephaas
