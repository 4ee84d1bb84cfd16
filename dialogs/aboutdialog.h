#pragma once

#include <QDialog>

namespace elephaas {

// Name, version, licence, and what it runs with: one text to copy into a report. Opened with open(); deletes itself.
class AboutDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AboutDialog)

public:
    // `libraries`: a line each, "libssh 0.10.6"; those that this folder may not know of.
    explicit AboutDialog(const QStringList& libraries, QWidget* parent = nullptr);

    QString facts() const { return m_facts; }

private:
    QString m_facts;
};

} // namespace elephaas
