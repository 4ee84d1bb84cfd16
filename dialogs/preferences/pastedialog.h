#pragma once

#include <QDialog>
#include <QMap>

namespace elephaas {

// Takes the COMMANDS settings of the older application as text. Opened with open(); deletes itself.
class PasteDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PasteDialog)

public:
    explicit PasteDialog(QWidget* parent = nullptr);

Q_SIGNALS:
    void pasted(const QMap<QString, QString>& commands);
};

} // namespace elephaas
