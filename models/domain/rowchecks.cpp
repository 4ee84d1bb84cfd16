#include "models/domain/rowchecks.h"

#include <QCoreApplication>
#include <QSet>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct RowChecks {
    Q_DECLARE_TR_FUNCTIONS(elephaas::RowChecks)
};

FieldCheck error(QString text) { return {FieldCheck::Weight::Error, std::move(text)}; }
FieldCheck warning(QString text) { return {FieldCheck::Weight::Warning, std::move(text)}; }

FieldCheck checkLength(const QString& value, int limit)
{
    const int length = lengthInCharacters(value);
    if (limit <= 0 || length <= limit)
        return {};
    //: %1: the longest value that the inventory keeps; %2: the length of what was typed
    return error(RowChecks::tr("Too long: the inventory keeps %1 characters here, this has %2.").arg(limit).arg(length));
}

FieldCheck checkRequired(const QString& value, Need need)
{
    if (need == Need::Optional || !value.trimmed().isEmpty())
        return {};
    return error(RowChecks::tr("Must not be empty."));
}

QString shown(QChar character)
{
    return character.isPrint() && !character.isSpace()
        ? QString(character)
        : u"U+%1"_s.arg(static_cast<int>(character.unicode()), 4, 16, QLatin1Char('0')).toUpper();
}

// Line breaks and other control characters have no place in names and paths: commands refuse them too.
FieldCheck checkPrintable(const QString& value)
{
    for (const QChar c : value) {
        if (c.category() == QChar::Other_Control || c.category() == QChar::Separator_Line
            || c.category() == QChar::Separator_Paragraph)
            return error(RowChecks::tr("Contains a line break or another control character (%1).").arg(shown(c)));
    }
    return {};
}

template <class Allowed>
FieldCheck checkCharacters(const QString& value, Allowed allowed)
{
    for (const QChar c : value) {
        if (!allowed(c))
            return error(c == u' ' ? RowChecks::tr("Must not contain blanks.")
                                   : RowChecks::tr("Must not contain “%1”.").arg(shown(c)));
    }
    return {};
}

bool isAsciiWord(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'_';
}

FieldCheck checkNoOption(const QString& value)
{
    return value.startsWith(u'-') ? error(RowChecks::tr("Must not begin with a hyphen: commands would take it for an option."))
                                  : FieldCheck{};
}

bool sameName(const QString& a, const QString& b) { return a.trimmed().compare(b.trimmed(), Qt::CaseInsensitive) == 0; }

QString environmentName(const Inventory& inventory, std::optional<EnvironmentId> id)
{
    const Environment* environment = id ? inventory.find(*id) : nullptr;
    return environment ? environment->name : QString();
}

bool follows(const Inventory& inventory, InstanceId candidate, InstanceId instance)
{
    QSet<InstanceId> seen; // the inventory may already hold a circle
    const Instance* at = inventory.find(candidate);
    while (at && !seen.contains(at->id)) {
        if (at->id == instance)
            return true;
        seen.insert(at->id);
        at = inventory.upstreamOf(*at);
    }
    return false;
}

} // namespace

int lengthInCharacters(QStringView text)
{
    return static_cast<int>(std::count_if(text.begin(), text.end(), [](QChar c) { return !c.isLowSurrogate(); }));
}

FieldCheck checkName(const QString& value, int limit, Need need)
{
    return worst({checkRequired(value, need), checkLength(value.trimmed(), limit), checkPrintable(value)});
}

FieldCheck checkText(const QString& value, int limit)
{
    if (value.contains(QChar::Null))
        return error(RowChecks::tr("Contains a character that the inventory cannot keep (U+0000)."));
    return checkLength(value, limit);
}

FieldCheck checkBaseName(const QString& value, int limit)
{
    const QString name = value.trimmed();
    const FieldCheck hard = worst({checkRequired(name, Need::Required), checkLength(name, limit), checkPrintable(name),
        checkNoOption(name), checkCharacters(name, [](QChar c) { return c != u'/' && !c.isSpace(); })});
    if (hard.weight == FieldCheck::Weight::Error)
        return hard;
    const auto usual = [](QChar c) { return isAsciiWord(c) || c == u'-' || c == u'.'; };
    if (!std::all_of(name.begin(), name.end(), usual))
        return warning(RowChecks::tr("Unusual for a cluster: tools expect letters, digits, “.”, “-” and “_”."));
    return {};
}

FieldCheck checkHostName(const QString& value, int limit, Need need)
{
    const QString name = value.trimmed();
    return worst({checkRequired(name, need), checkPrintable(name), checkNoOption(name),
        checkCharacters(name, [](QChar c) { return isAsciiWord(c) || c == u'-' || c == u'.' || c == u':'; }),
        checkLength(name, limit)});
}

FieldCheck checkDirectory(const QString& value, int limit, Need need)
{
    const QString path = value.trimmed();
    const FieldCheck absolute = path.isEmpty() || path.startsWith(u'/')
        ? FieldCheck{}
        : error(RowChecks::tr("Must be an absolute path, beginning with “/”."));
    return worst({checkRequired(path, need), absolute, checkPrintable(value), checkLength(path, limit)});
}

FieldCheck checkPort(const QString& value)
{
    const QString text = value.trimmed();
    if (text.isEmpty())
        return error(RowChecks::tr("Must not be empty."));
    const bool digits = std::all_of(text.begin(), text.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
    bool ok = false;
    const int port = text.toInt(&ok);
    if (!digits || !ok || port < 1 || port > 65535)
        return error(RowChecks::tr("Must be a number from 1 to 65535."));
    return {};
}

FieldCheck checkVersion(const QString& value, int limit)
{
    const QString text = value.trimmed();
    const FieldCheck readable = text.isEmpty() || PgVersion::parse(text)
        ? FieldCheck{}
        : error(RowChecks::tr("Not a PostgreSQL version: write it like 15.4 or 9.6.24, or leave it empty."));
    return worst({checkPrintable(value), readable, checkLength(text, limit)});
}

FieldCheck checkDuplicate(const Inventory& inventory, const Environment& self)
{
    for (const Environment& other : inventory.environments()) {
        if (other.id != self.id && !self.name.trimmed().isEmpty() && sameName(other.name, self.name))
            return warning(RowChecks::tr("There already is an environment of this name."));
    }
    return {};
}

FieldCheck checkDuplicate(const Inventory& inventory, const Herd& self)
{
    if (self.name.trimmed().isEmpty())
        return {};
    for (const Herd& other : inventory.herds()) {
        if (other.id == self.id || !sameName(other.name, self.name))
            continue;
        const QString where = environmentName(inventory, other.environment);
        return warning(where.isEmpty() ? RowChecks::tr("There already is a herd of this name, without environment.")
                                       : RowChecks::tr("There already is a herd of this name, in %1.").arg(where));
    }
    return {};
}

FieldCheck checkSameCluster(const Inventory& inventory, const Herd& self)
{
    for (const Herd& other : inventory.herds()) {
        if (other.id != self.id && other.environment == self.environment && other.port == self.port
            && !self.baseName.trimmed().isEmpty() && sameName(other.baseName, self.baseName))
            return warning(RowChecks::tr("Herd %1 has the same base name and port in this environment: "
                                         "reports of the agent cannot tell them apart.")
                               .arg(other.name));
    }
    return {};
}

FieldCheck checkDuplicate(const Inventory& inventory, const Server& self)
{
    if (self.hostName.trimmed().isEmpty())
        return {};
    for (const Server& other : inventory.servers()) {
        if (other.id == self.id || !sameName(other.hostName, self.hostName))
            continue;
        const QString where = environmentName(inventory, other.environment);
        return warning(where.isEmpty() ? RowChecks::tr("There already is a server of this name, without environment.")
                                       : RowChecks::tr("There already is a server of this name, in %1.").arg(where));
    }
    return {};
}

FieldCheck checkDuplicate(const Inventory& inventory, const Instance& self)
{
    for (const InstanceId id : inventory.instancesOn(self.server)) {
        const Instance* other = inventory.find(id);
        if (other && other->id != self.id && other->herd == self.herd)
            return warning(RowChecks::tr("This herd already has a member on this server."));
    }
    return {};
}

FieldCheck checkPortOnServer(const Inventory& inventory, const Instance& self)
{
    const Herd* herd = inventory.find(self.herd);
    if (!herd)
        return {};
    for (const InstanceId id : inventory.instancesOn(self.server)) {
        const Instance* other = inventory.find(id);
        const Herd* theirs = other && other->id != self.id && other->herd != self.herd ? inventory.find(other->herd) : nullptr;
        if (theirs && theirs->port == herd->port)
            return warning(RowChecks::tr("Port %1 is already used on this server, by a member of %2: only one of them can run.")
                               .arg(QString::number(herd->port), theirs->name));
    }
    return {};
}

FieldCheck worst(std::initializer_list<FieldCheck> checks)
{
    FieldCheck result;
    for (const FieldCheck& check : checks) {
        if (check.weight > result.weight)
            result = check;
    }
    return result;
}

ServerChoice serversFor(const Inventory& inventory, const Herd& herd)
{
    ServerChoice choice;
    for (const Server& server : inventory.servers()) {
        if (server.environment == herd.environment)
            choice.offered.push_back(server.id);
        else if (!server.environment)
            ++choice.withoutEnvironment;
        else
            ++choice.ofOtherEnvironments;
    }
    std::stable_sort(choice.offered.begin(), choice.offered.end(), [&inventory](ServerId a, ServerId b) {
        return inventory.find(a)->hostName.compare(inventory.find(b)->hostName, Qt::CaseInsensitive) < 0;
    });
    return choice;
}

std::vector<InstanceId> upstreamsFor(const Inventory& inventory, HerdId herd, std::optional<InstanceId> instance)
{
    std::vector<InstanceId> result;
    for (const InstanceId member : inventory.instancesOf(herd)) {
        if (!instance || !follows(inventory, member, *instance))
            result.push_back(member);
    }
    const auto name = [&inventory](InstanceId id) {
        const Server* server = inventory.find(inventory.find(id)->server);
        return server ? server->hostName : QString();
    };
    std::stable_sort(result.begin(), result.end(),
        [&name](InstanceId a, InstanceId b) { return name(a).compare(name(b), Qt::CaseInsensitive) < 0; });
    return result;
}

} // namespace elephaas
