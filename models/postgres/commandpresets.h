#pragma once

#include <QMap>
#include <QString>

#include <vector>

namespace elephaas {

// A set of command templates to begin with.
struct CommandPreset {
    QString key; // "debian", "pgdg", "systemd", "systemd-pgdg", "pg_ctl": never translated
    QString title;
    QString description; // what must be so on the servers
    QMap<QString, QString> commands; // base, start, stop, reload, promote, init
};

std::vector<CommandPreset> commandPresets();

} // namespace elephaas
