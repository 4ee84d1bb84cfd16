#pragma once

#include "dialogs/parts/fieldnote.h"

#include <QWidget>

class QGridLayout;
class QLineEdit;

namespace elephaas {

// Label, editor and note below each other, for dialogs that are not forms of one row. Remembers which notes say what.
class FieldGrid final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FieldGrid)

public:
    explicit FieldGrid(const QString& objectName, QWidget* parent = nullptr);

    // `label` carries the mnemonic. Takes the editor as its child.
    FieldNote* add(const QString& label, QWidget* editor, const QString& hint);
    // A widget of its own row, without label and note.
    void addWide(QWidget* widget);
    void addStretch();
    QLineEdit* addLine(const QString& label, const QString& objectName, const QString& hint, FieldNote** note = nullptr, int characters = 0);

    // The first editor whose note says an error, or null.
    QWidget* firstError() const;

private:
    QGridLayout* m_grid;
    std::vector<std::pair<QWidget*, FieldNote*>> m_fields;
};

} // namespace elephaas
