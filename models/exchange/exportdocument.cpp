#include "models/exchange/exportdocument.h"

#include <QCoreApplication>
#include <QStringList>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(ImportDocument)
};

// RFC 8259, section 7.
QString quoted(const QString& text)
{
    QString out;
    out.reserve(text.size() + 2);
    out += u'"';
    for (const QChar c : text) {
        if (c == u'"' || c == u'\\')
            out += u'\\' + c;
        else if (c == u'\n')
            out += "\\n"_L1;
        else if (c == u'\t')
            out += "\\t"_L1;
        else if (c < u' ' || c == QChar(0x7f) || c.isSurrogate())
            out += u"\\u%1"_s.arg(int(c.unicode()), 4, 16, QChar(u'0'));
        else
            out += c;
    }
    return out + u'"';
}

class ObjectText final {
public:
    void add(const QString& field, const QString& json) { m_fields.append(quoted(field) + ": "_L1 + json); }
    void addText(const QString& field, const QString& text) { add(field, quoted(text)); }
    void addUnlessEmpty(const QString& field, const QString& text)
    {
        if (!text.isEmpty())
            addText(field, text);
    }
    QString line() const { return "{ "_L1 + m_fields.join(", "_L1) + " }"_L1; }

private:
    QStringList m_fields;
};

// The lines of a list, at an indentation.
QString listText(const QStringList& lines, const QString& indent)
{
    if (lines.isEmpty())
        return u"[]"_s;
    return "[\n"_L1 + indent + "  "_L1 + lines.join(",\n"_L1 + indent + "  "_L1) + u'\n' + indent + u']';
}

class Exporter final {
public:
    explicit Exporter(const Inventory& inventory)
        : m_inventory(inventory)
    {
        countKeys();
    }
    QByteArray write();

private:
    void countKeys();
    QString environmentJson(std::optional<EnvironmentId> id, const QString& of);
    QString upstreamJson(const Instance& instance);
    QStringList environments();
    QStringList servers();
    QStringList herds();
    QString member(const Instance& instance);
    bool isExported(const Herd& herd) const
    {
        return (!herd.name.isEmpty()) && herd.port >= 1 && herd.port <= 65535;
    }
    bool isExported(const Instance& instance) const
    {
        const Herd* herd = m_inventory.find(instance.herd);
        const Server* server = m_inventory.find(instance.server);
        return herd && server && isExported(*herd) && !server->hostName.isEmpty();
    }
    template <class Key>
    QString labelJson(const QString& prefix, const QHash<Key, int>& labels, Key id) const
    {
        return quoted(prefix + QString::number(labels.value(id)));
    }
    QString memberKey(const Instance& row) const
    {
        return QString::number(row.herd.value) + u'/' + QString::number(row.server.value);
    }
    QString herdKey(const Herd& row) const
    {
        return QString::number(row.port) + u'/' + QString::number(row.environment ? row.environment->value : 0) + u'/' + row.name;
    }

    const Inventory& m_inventory;
    QHash<EnvironmentId, int> m_environmentLabels; // only those that need one
    QHash<ServerId, int> m_serverLabels;
    QHash<HerdId, int> m_herdLabels;
    QHash<InstanceId, int> m_instanceLabels;
    QStringList m_notes;
};

// Gives the next label to each row whose key another row has too.
template <class Rows, class Labels, class KeyOf>
void labelDuplicates(const Rows& rows, Labels& labels, const KeyOf& keyOf)
{
    QHash<QString, int> count;
    for (const auto& row : rows)
        ++count[keyOf(row)];
    for (const auto& row : rows) {
        if (count.value(keyOf(row)) > 1)
            labels.insert(row.id, int(labels.size()) + 1);
    }
}

void Exporter::countKeys()
{
    labelDuplicates(m_inventory.environments(), m_environmentLabels, [](const Environment& row) { return row.name; });
    labelDuplicates(m_inventory.servers(), m_serverLabels, [](const Server& row) { return row.hostName.toCaseFolded(); });
    labelDuplicates(m_inventory.herds(), m_herdLabels, [this](const Herd& row) { return herdKey(row); });
    labelDuplicates(m_inventory.instances(), m_instanceLabels, [this](const Instance& row) { return memberKey(row); });
    // Numbered in the order of the document, so that the same rows give the same text whatever their keys are.
    for (const Instance& row : m_inventory.instances()) {
        const Instance* upstream = m_inventory.upstreamOf(row);
        // A name can tell neither a member of another herd nor which of several servers of that name.
        if (upstream && (upstream->herd != row.herd || m_serverLabels.contains(upstream->server)))
            m_instanceLabels.insert(upstream->id, 0);
    }
    int next = 0;
    for (const Herd& herd : m_inventory.herds()) {
        for (const InstanceId id : m_inventory.instancesOf(herd.id)) {
            if (m_instanceLabels.contains(id))
                m_instanceLabels[id] = ++next;
        }
    }
}

QString Exporter::environmentJson(std::optional<EnvironmentId> id, const QString& of)
{
    if (!id)
        return u"null"_s;
    const Environment* environment = m_inventory.find(*id);
    if (!environment || environment->name.isEmpty()) {
        m_notes.append(Text::tr("%1 belongs to environment %2, which is not there or has no name.").arg(of).arg(id->value));
        return u"null"_s;
    }
    return m_environmentLabels.contains(*id)
        ? "{ \"label\": "_L1 + labelJson(u"environment-"_s, m_environmentLabels, *id) + " }"_L1
        : quoted(environment->name);
}

QString Exporter::upstreamJson(const Instance& instance)
{
    const Instance* upstream = m_inventory.upstreamOf(instance);
    if (!upstream || !isExported(*upstream) || upstream->id == instance.id) {
        m_notes.append(Text::tr("Instance %1 follows instance %2, which is not there or cannot be followed.")
                           .arg(instance.id.value)
                           .arg(instance.upstream->value));
        return u"null"_s;
    }
    if (m_instanceLabels.contains(upstream->id))
        return "{ \"label\": "_L1 + labelJson(u"instance-"_s, m_instanceLabels, upstream->id) + " }"_L1;
    return quoted(m_inventory.find(upstream->server)->hostName);
}

QStringList Exporter::environments()
{
    QStringList lines;
    for (const Environment& row : m_inventory.environments()) {
        if (row.name.isEmpty()) {
            m_notes.append(Text::tr("Environment %1 has no name and was left out.").arg(row.id.value));
            continue;
        }
        ObjectText object;
        object.addText(u"name"_s, row.name);
        object.addUnlessEmpty(u"description"_s, row.description);
        if (m_environmentLabels.contains(row.id))
            object.add(u"label"_s, labelJson(u"environment-"_s, m_environmentLabels, row.id));
        lines.append(object.line());
    }
    return lines;
}

QStringList Exporter::servers()
{
    QStringList lines;
    for (const Server& row : m_inventory.servers()) {
        if (row.hostName.isEmpty()) {
            m_notes.append(Text::tr("Server %1 has no host name and was left out.").arg(row.id.value));
            continue;
        }
        ObjectText object;
        object.addText(u"hostName"_s, row.hostName);
        object.add(u"environment"_s, environmentJson(row.environment, row.hostName));
        if (m_serverLabels.contains(row.id))
            object.add(u"label"_s, labelJson(u"server-"_s, m_serverLabels, row.id));
        lines.append(object.line());
    }
    return lines;
}

QString Exporter::member(const Instance& row)
{
    ObjectText object;
    object.add(u"server"_s,
        m_serverLabels.contains(row.server)
            ? "{ \"label\": "_L1 + labelJson(u"server-"_s, m_serverLabels, row.server) + " }"_L1
            : quoted(m_inventory.find(row.server)->hostName));
    object.add(u"upstream"_s, row.upstream ? upstreamJson(row) : u"null"_s);
    object.addUnlessEmpty(u"version"_s, row.version);
    object.addUnlessEmpty(u"dataDirectory"_s, row.localDataDirectory);
    object.add(u"online"_s, row.isOnline ? u"true"_s : u"false"_s);
    if (row.walPosition)
        object.addText(u"walPosition"_s, row.walPosition->toString());
    if (m_instanceLabels.contains(row.id))
        object.add(u"label"_s, labelJson(u"instance-"_s, m_instanceLabels, row.id));
    return object.line();
}

QStringList Exporter::herds()
{
    QStringList lines;
    for (const Herd& row : m_inventory.herds()) {
        if (!isExported(row)) {
            m_notes.append(Text::tr("Herd %1 has no name or no usable port and was left out with its members.").arg(row.id.value));
            continue;
        }
        ObjectText object;
        object.addText(u"name"_s, row.name);
        object.addText(u"baseName"_s, row.baseName);
        object.add(u"environment"_s, environmentJson(row.environment, row.name));
        object.add(u"port"_s, QString::number(row.port));
        object.addUnlessEmpty(u"dataDirectory"_s, row.dataDirectory);
        object.addUnlessEmpty(u"virtualHost"_s, row.virtualHost);
        object.addUnlessEmpty(u"description"_s, row.description);
        if (m_herdLabels.contains(row.id))
            object.add(u"label"_s, labelJson(u"herd-"_s, m_herdLabels, row.id));
        QStringList members;
        for (const InstanceId id : m_inventory.instancesOf(row.id)) {
            const Instance* instance = m_inventory.find(id);
            if (isExported(*instance))
                members.append(member(*instance));
        }
        object.add(u"members"_s, listText(members, u"    "_s));
        lines.append(object.line());
    }
    return lines;
}

QByteArray Exporter::write()
{
    const QStringList environmentLines = environments();
    const QStringList serverLines = servers();
    const QStringList herdLines = herds();
    for (const Instance& row : m_inventory.instances()) {
        if (!isExported(row))
            m_notes.append(Text::tr("Instance %1 was left out: its herd or server is not there.").arg(row.id.value));
    }
    QString out = u"{\n  \"format\": \"elephaas-inventory\",\n  \"version\": 1,\n"_s;
    if (!m_notes.isEmpty()) {
        QStringList lines;
        for (const QString& note : m_notes)
            lines.append(quoted(note));
        out += "  \"notes\": "_L1 + listText(lines, u"  "_s) + ",\n"_L1;
    }
    out += "  \"environments\": "_L1 + listText(environmentLines, u"  "_s) + ",\n"_L1;
    out += "  \"servers\": "_L1 + listText(serverLines, u"  "_s) + ",\n"_L1;
    out += "  \"herds\": "_L1 + listText(herdLines, u"  "_s) + "\n}\n"_L1;
    return out.toUtf8();
}

} // namespace

QByteArray exportDocument(const Inventory& inventory) { return Exporter(inventory).write(); }

} // namespace elephaas
