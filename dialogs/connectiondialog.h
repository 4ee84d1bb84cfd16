#pragma once

#include "models/ports/inventorystore.h"
#include "models/services/connectionprofile.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QPushButton;
class QRadioButton;

namespace elephaas {

class FieldGrid;
class FieldNote;
class MessageStrip;

// Where the inventory is: on this computer, or shared in PostgreSQL. Opens no connection itself: it says what the user wants by
// signals. Stays open until the caller accepts or closes it, so that a failed attempt can be shown and mended. Opened with open();
// deletes itself.
class ConnectionDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ConnectionDialog)

public:
    // `defaultFile` is where a local inventory is kept when no file is named.
    ConnectionDialog(const ConnectionProfile& profile, const QString& defaultFile, QWidget* parent = nullptr);

    ConnectionProfile profile() const;

    void showTestResult(const Expected<StoreInfo>& result);
    // The attempt to use it failed.
    void showFailure(const Error& error);

Q_SIGNALS:
    // The password is the one that was typed; "" means: from .pgpass, the keychain, or none.
    void testRequested(const elephaas::ConnectionProfile& profile, const QString& password);
    void connectRequested(const elephaas::ConnectionProfile& profile, const QString& password);

private:
    void build(const QString& defaultFile);
    QWidget* makeLocal(const QString& defaultFile);
    QWidget* makeShared();
    void write(const ConnectionProfile& profile);
    void showPage(bool shared);
    void recheck();
    bool stopAtErrors();
    void setTesting(bool testing);
    void browse();
    void submit();

    QRadioButton* m_local;
    QRadioButton* m_shared;
    FieldGrid* m_localGrid = nullptr;
    FieldGrid* m_sharedGrid = nullptr;
    QLineEdit* m_file = nullptr;
    QLineEdit* m_service = nullptr;
    QLineEdit* m_hosts = nullptr;
    QLineEdit* m_ports = nullptr;
    QLineEdit* m_database = nullptr;
    QLineEdit* m_schema = nullptr;
    QLineEdit* m_user = nullptr;
    QLineEdit* m_password = nullptr;
    QComboBox* m_sslMode = nullptr;
    QCheckBox* m_remember = nullptr;
    FieldNote* m_fileNote = nullptr;
    FieldNote* m_serviceNote = nullptr;
    FieldNote* m_hostsNote = nullptr;
    FieldNote* m_portsNote = nullptr;
    FieldNote* m_databaseNote = nullptr;
    FieldNote* m_schemaNote = nullptr;
    FieldNote* m_sslNote = nullptr;
    MessageStrip* m_strip;
    QPushButton* m_test;
    QPushButton* m_connect;
    QString m_name;
    bool m_testing = false;
};

} // namespace elephaas
