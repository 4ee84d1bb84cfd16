#pragma once

#include "models/services/teamsettings.h"

#include <QWidget>

class QLineEdit;
class QTableWidget;

namespace elephaas {

class FieldGrid;
class FieldNote;

// How servers are reached: the team's user and port, and the servers that differ.
class SshPage final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SshPage)

public:
    explicit SshPage(QWidget* parent = nullptr);

    void setSettings(const TeamSettings& settings);
    void take(TeamSettings& settings) const;
    QWidget* firstError() const;

Q_SIGNALS:
    void changed();

private:
    void build();
    void addRow(const QString& server, const SshOverride& how);
    void recheck();

    FieldGrid* m_grid;
    QLineEdit* m_user;
    QLineEdit* m_port;
    FieldNote* m_userNote;
    FieldNote* m_portNote;
    QTableWidget* m_table;
    FieldNote* m_tableNote = nullptr;
    bool m_filling = false;
};

} // namespace elephaas
