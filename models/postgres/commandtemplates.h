#pragma once

#include "models/domain/inventory.h"

#include <QByteArray>
#include <QMap>
#include <QString>

namespace elephaas {

// The team's command lines, by name: base, start, stop, reload, promote, init and any further ones.
//
// The language is that of the older web application (Python's str.format): {COMMANDS[name]} for another template, {pgdata},
// {version[0]} {version[1]} {version.major}, and {inst.…} down the tree: instance_id, version, local_pgdata, xlog_pos, is_online,
// port; herd. with herd_id, base_name, herd_name, herd_descr, db_port, pgdata, vhost and environment. (env_name, env_descr);
// server. with hostname and environment.; master. (the upstream) with the same again. A literal brace is written twice.
//
// The text of a template is shell text, written by people who may run commands anyway. The values are not trusted: each becomes
// part of exactly one word, quoted for its place (see shellplacement.h). A value that is missing or cannot be placed safely is
// an error that names template and place, and nothing is built.
class CommandTemplates final {
public:
    CommandTemplates() = default;
    explicit CommandTemplates(QMap<QString, QString> templates);

    const QMap<QString, QString>& templates() const { return m_templates; }
    bool contains(const QString& name) const { return m_templates.contains(name); }

    // The command line for one instance, UTF-8, to be given to the remote user's POSIX shell as it is. It may have several lines
    // and may end in a comment: whatever is appended belongs on a line of its own.
    Expected<QByteArray> build(const QString& name, const Inventory& inventory, InstanceId instance) const;

    // Whether the template could be built for an instance that has every value: names, nesting, quoting.
    Expected<void> check(const QString& name) const;

    bool operator==(const CommandTemplates&) const = default;

private:
    QMap<QString, QString> m_templates;
};

} // namespace elephaas
