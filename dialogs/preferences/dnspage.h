#pragma once

#include "models/services/teamsettings.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QSpinBox;

namespace elephaas {

class FieldGrid;
class FieldNote;

// How names of herds are changed: where updates go, and the key that they are signed with. The key's secret is not of the team's settings: what is
// typed here goes into the keychain of this computer.
class DnsPage final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DnsPage)

public:
    explicit DnsPage(QWidget* parent = nullptr);

    void setSettings(const TeamSettings& settings);
    void take(TeamSettings& settings) const;
    // As it was typed, base64; "" when nothing was.
    QByteArray secret() const;
    // What is known of the secret that was kept before; plain text.
    void setSecretState(const QString& text);
    QWidget* firstError() const;

Q_SIGNALS:
    void changed();

private:
    void recheck();

    FieldGrid* m_grid;
    QLineEdit* m_zone;
    QLineEdit* m_server;
    QSpinBox* m_port;
    QLineEdit* m_keyName;
    QComboBox* m_algorithm;
    QLineEdit* m_secret;
    QCheckBox* m_unsigned;
    QCheckBox* m_followByName;
    FieldNote* m_zoneNote = nullptr;
    FieldNote* m_serverNote = nullptr;
    FieldNote* m_keyNote = nullptr;
    FieldNote* m_secretNote = nullptr;
    bool m_filling = false;
};

} // namespace elephaas
