#include "models/postgres/templatevalues.h"

#include <QCoreApplication>
#include <QStringList>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Tr {
    Q_DECLARE_TR_FUNCTIONS(elephaas::TemplateValues)
};

Error missing(const QString& why) { return {ErrorKind::NotFound, why}; }

Expected<TemplateValue> required(const QString& text, ValueKind kind)
{
    if (text.isEmpty())
        return fail(missing(Tr::tr("it is empty in the inventory")));
    return TemplateValue{text, kind};
}

TemplateValue number(qint64 value) { return {QString::number(value), ValueKind::Number}; }

// The numbered parts of a version, as splitting its text at the dots gives them. What a probe saw counts more than the row.
QStringList versionParts(const Inventory& inventory, const Instance& instance)
{
    const Observation* seen = inventory.observation(instance.id);
    const QString text = seen && seen->version ? seen->version->toString() : instance.version.trimmed();
    QStringList parts;
    for (const QString& part : text.split(u'.')) {
        qsizetype digits = 0;
        while (digits < part.size() && part[digits] >= u'0' && part[digits] <= u'9')
            ++digits;
        if (digits == 0 || digits > 6)
            break;
        parts.append(part.first(digits));
        if (digits < part.size())
            break; // "16beta1"
    }
    return parts;
}

Expected<TemplateValue> versionValue(const QString& name, const Inventory& inventory, const Instance& instance)
{
    const QStringList parts = versionParts(inventory, instance);
    if (parts.isEmpty())
        return fail(missing(Tr::tr("the instance's version is not known")));
    if (name == u"version.major") {
        if (parts[0].toInt() >= 10)
            return TemplateValue{parts[0], ValueKind::Number};
        if (parts.size() < 2)
            return fail(missing(Tr::tr("of the instance's version only \"%1\" is known").arg(parts[0])));
        return TemplateValue{parts[0] + u'.' + parts[1], ValueKind::Name};
    }
    const qsizetype index = name == u"version[0]" ? 0 : name == u"version[1]" ? 1 : 2;
    if (index >= parts.size())
        return fail(missing(Tr::tr("of the instance's version only \"%1\" is known").arg(parts.join(u'.'))));
    return TemplateValue{parts[index], ValueKind::Number};
}

bool isVersionName(const QString& name)
{
    return name == u"version.major" || name == u"version[0]" || name == u"version[1]" || name == u"version[2]";
}

// The names below one step of the tree.
enum class Level { Instance, Herd, Server, Environment };

bool isLeaf(Level level, const QString& name)
{
    static const QStringList instance{u"instance_id"_s, u"version"_s, u"local_pgdata"_s, u"xlog_pos"_s, u"is_online"_s, u"port"_s};
    static const QStringList herd{u"herd_id"_s, u"base_name"_s, u"herd_name"_s, u"herd_descr"_s, u"db_port"_s, u"pgdata"_s, u"vhost"_s};
    static const QStringList environment{u"env_name"_s, u"env_descr"_s};
    switch (level) {
    case Level::Instance:
        return instance.contains(name);
    case Level::Herd:
        return herd.contains(name);
    case Level::Server:
        return name == u"hostname";
    case Level::Environment:
        return environment.contains(name);
    }
    return false;
}

std::optional<Level> below(Level level, const QString& name)
{
    switch (level) {
    case Level::Instance:
        if (name == u"herd")
            return Level::Herd;
        if (name == u"server")
            return Level::Server;
        if (name == u"master")
            return Level::Instance;
        return std::nullopt;
    case Level::Herd:
    case Level::Server:
        if (name == u"environment")
            return Level::Environment;
        return std::nullopt;
    case Level::Environment:
        return std::nullopt;
    }
    return std::nullopt;
}

bool isTreeName(const QString& name)
{
    QStringList steps = name.split(u'.');
    if (steps.size() < 2 || steps.takeFirst() != u"inst")
        return false;
    const QString leaf = steps.takeLast();
    Level level = Level::Instance;
    for (const QString& step : steps) {
        const auto next = below(level, step);
        if (!next)
            return false;
        level = *next;
    }
    return isLeaf(level, leaf);
}

Expected<TemplateValue> environmentLeaf(const QString& leaf, const Environment& row)
{
    if (leaf == u"env_name")
        return required(row.name, ValueKind::Name);
    return TemplateValue{row.description, ValueKind::Text};
}

Expected<TemplateValue> herdLeaf(const QString& leaf, const Herd& row)
{
    if (leaf == u"herd_id")
        return number(row.id.value);
    if (leaf == u"base_name")
        return required(row.baseName, ValueKind::Name);
    if (leaf == u"herd_name")
        return required(row.name, ValueKind::Name);
    if (leaf == u"db_port")
        return number(row.port);
    if (leaf == u"pgdata")
        return required(row.dataDirectory, ValueKind::Path);
    if (leaf == u"vhost")
        return required(row.virtualHost, ValueKind::Name);
    return TemplateValue{row.description, ValueKind::Text};
}

const Herd* herdOf(const Inventory& inventory, const Instance& row) { return inventory.find(row.herd); }

Error noHerd() { return missing(Tr::tr("the instance's herd is not in the inventory")); }

Expected<TemplateValue> instanceLeaf(const QString& leaf, const Inventory& inventory, const Instance& row)
{
    if (leaf == u"instance_id")
        return number(row.id.value);
    if (leaf == u"version") {
        const auto version = inventory.versionOf(row);
        return required(row.version.isEmpty() && version ? version->toString() : row.version, ValueKind::Name);
    }
    if (leaf == u"local_pgdata")
        return required(row.localDataDirectory, ValueKind::Path);
    if (leaf == u"is_online")
        return TemplateValue{row.isOnline ? u"True"_s : u"False"_s, ValueKind::Name}; // as Python writes them
    if (leaf == u"port") {
        const Herd* herd = herdOf(inventory, row);
        return herd ? Expected<TemplateValue>(number(herd->port)) : fail(noHerd());
    }
    if (!row.walPosition)
        return fail(missing(Tr::tr("the instance's position is not known")));
    return TemplateValue{QString::number(row.walPosition->value), ValueKind::Number};
}

Expected<TemplateValue> environmentValue(
    const QString& leaf, const Inventory& inventory, std::optional<EnvironmentId> id, const QString& ifNone)
{
    const Environment* row = id ? inventory.find(*id) : nullptr;
    return row ? environmentLeaf(leaf, *row) : fail(missing(ifNone));
}

// `steps` without "inst" and without any "master".
Expected<TemplateValue> memberValue(const QStringList& steps, const Inventory& inventory, const Instance& row)
{
    const QString& leaf = steps.last();
    if (steps.size() == 1)
        return instanceLeaf(leaf, inventory, row);
    const bool throughEnvironment = steps.size() == 3;
    if (steps[0] == u"herd") {
        const Herd* herd = herdOf(inventory, row);
        if (!herd)
            return fail(noHerd());
        return throughEnvironment
            ? environmentValue(leaf, inventory, herd->environment, Tr::tr("the instance's herd belongs to no environment"))
            : herdLeaf(leaf, *herd);
    }
    const Server* server = inventory.find(row.server);
    if (!server)
        return fail(missing(Tr::tr("the instance's server is not in the inventory")));
    return throughEnvironment
        ? environmentValue(leaf, inventory, server->environment, Tr::tr("the instance's server belongs to no environment"))
        : required(server->hostName, ValueKind::Name);
}

} // namespace

bool isTemplateName(const QString& name) { return name == u"pgdata" || isVersionName(name) || isTreeName(name); }

Expected<TemplateValue> templateValue(const QString& name, const Inventory& inventory, const Instance& instance)
{
    if (name == u"pgdata") {
        const QString directory = inventory.dataDirectoryOf(instance);
        if (directory.isEmpty())
            return fail(missing(Tr::tr("neither the instance nor its herd has a data directory")));
        return TemplateValue{directory, ValueKind::Path};
    }
    if (isVersionName(name))
        return versionValue(name, inventory, instance);
    if (!isTreeName(name))
        return fail({ErrorKind::InvalidInput, Tr::tr("there is no such name")});

    QStringList steps = name.split(u'.').sliced(1);
    const Instance* row = &instance;
    while (steps.first() == u"master") {
        const Instance* upstream = inventory.upstreamOf(*row);
        if (!upstream) {
            return fail(missing(row->upstream ? Tr::tr("the upstream instance is not in the inventory")
                                              : Tr::tr("the instance has no upstream")));
        }
        row = upstream;
        steps.removeFirst();
    }
    return memberValue(steps, inventory, *row);
}

} // namespace elephaas
