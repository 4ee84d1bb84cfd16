#include "models/exchange/planimport.h"

#include <QCoreApplication>
#include <QHash>
#include <QSet>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(ImportDocument)
};

using Problem = std::optional<Error>;

template <class Key>
using Candidates = QHash<QString, std::vector<Key>>; // natural key -> ids, oldest first

// Natural keys are joined with a character that no stored text can contain.
constexpr QChar separator(u'\0');

QString hostKey(const QString& hostName) { return hostName.toCaseFolded(); }
QString herdKey(const QString& name, int port, std::optional<EnvironmentId> environment)
{
    return name + separator + QString::number(port) + separator + QString::number(environment ? environment->value : 0);
}
QString memberKey(HerdId herd, ServerId server)
{
    return QString::number(herd.value) + separator + QString::number(server.value);
}

class ImportPlanner final {
public:
    ImportPlanner(const ImportDocument& document, const Inventory& present)
        : m_document(document)
        , m_present(present)
    {
    }
    Expected<ChangeSet> plan();

private:
    // What the entries of one kind became: rows of the inventory or new ones, and how references find them.
    template <class Key>
    struct Known {
        std::vector<Key> ids; // by position in the document
        Candidates<Key> byName; // of the document
        Candidates<Key> present; // of the inventory
        QHash<QString, Key> byLabel;
        QHash<QString, const QString*> unlabelled; // natural key -> path of an entry without a label
        QHash<QString, int> seen;
    };

    void complain(const QString& path, const QString& what)
    {
        if (!m_problem)
            m_problem = Error{.kind = ErrorKind::InvalidInput, .what = what, .where = path};
    }
    template <class Key>
    Key match(Known<Key>& known, const QString& key, const QString& label, const QString& path);
    template <class Key>
    std::optional<Key> find(const Known<Key>& known, const QString& key, const DocumentReference& reference);
    std::optional<EnvironmentId> environmentOf(const std::optional<DocumentReference>& reference);

    void planEnvironments();
    void planServers();
    void planHerds();
    void matchMembers();
    void planMembers();
    Instance memberRow(const DocumentMember& member, HerdId herd, ServerId server, InstanceId id);
    template <class Row>
    void put(Row row);
    void putNewInstances();

    const ImportDocument& m_document;
    const Inventory& m_present;
    Problem m_problem;
    qint64 m_lastTemporary = 0;
    Known<EnvironmentId> m_environments;
    Known<ServerId> m_servers;
    Known<HerdId> m_herds;
    Known<InstanceId> m_members;
    std::vector<ServerId> m_memberServers; // by position among all members
    std::vector<Instance> m_newInstances;
    ChangeSet m_created;
    ChangeSet m_changed;
};

// The row that an entry stands for: the next one of its natural key, or a new one.
template <class Key>
Key ImportPlanner::match(Known<Key>& known, const QString& key, const QString& label, const QString& path)
{
    const int before = known.seen[key]++;
    if (label.isEmpty() ? before > 0 : known.unlabelled.contains(key)) {
        const QString first = known.unlabelled.contains(key) ? *known.unlabelled.value(key) : QString();
        complain(path,
            first.isEmpty() ? Text::tr("This is there twice. If that is meant, every one of them needs a label.")
                            : Text::tr("This is there twice; the first is %1.").arg(first));
    }
    if (label.isEmpty())
        known.unlabelled.insert(key, &path);
    const auto present = known.present.constFind(key);
    const bool exists = present != known.present.constEnd() && before < int(present->size());
    const Key id = exists ? (*present)[size_t(before)] : Key(--m_lastTemporary);
    known.byName[key].push_back(id);
    if (!label.isEmpty()) {
        if (known.byLabel.contains(label))
            complain(path + ".label"_L1, Text::tr("This label is there twice."));
        known.byLabel.insert(label, id);
    }
    known.ids.push_back(id);
    return id;
}

// What a reference means: an entry of the document, else a row of the inventory.
template <class Key>
std::optional<Key> ImportPlanner::find(const Known<Key>& known, const QString& key, const DocumentReference& reference)
{
    if (!reference.label.isEmpty()) {
        const auto labelled = known.byLabel.constFind(reference.label);
        if (labelled != known.byLabel.constEnd())
            return *labelled;
        complain(reference.path, Text::tr("Nothing in the document has the label \"%1\".").arg(reference.label));
        return std::nullopt;
    }
    std::vector<Key> found = known.byName.value(key);
    if (found.empty())
        found = known.present.value(key);
    if (found.size() == 1)
        return found.front();
    complain(reference.path,
        found.empty() ? Text::tr("\"%1\" is neither in the document nor in the inventory.").arg(reference.name)
                      : Text::tr("There are several \"%1\"; a label must tell which is meant.").arg(reference.name));
    return std::nullopt;
}

std::optional<EnvironmentId> ImportPlanner::environmentOf(const std::optional<DocumentReference>& reference)
{
    return reference ? find(m_environments, reference->name, *reference) : std::nullopt;
}

template <class Row>
void ImportPlanner::put(Row row)
{
    const Row* before = m_present.find(row.id);
    if (!before)
        m_created.push_back(Put<Row>{std::move(row)});
    else if (row != *before)
        m_changed.push_back(Put<Row>{std::move(row), *before});
}

void ImportPlanner::planEnvironments()
{
    for (const Environment& row : m_present.environments())
        m_environments.present[row.name].push_back(row.id);
    for (const DocumentEnvironment& entry : m_document.environments) {
        const EnvironmentId id = match(m_environments, entry.name, entry.label, entry.path);
        const Environment* before = m_present.find(id);
        Environment row = before ? *before : Environment{.id = id, .name = entry.name, .description = u""_s};
        if (entry.description)
            row.description = *entry.description;
        put(std::move(row));
    }
}

void ImportPlanner::planServers()
{
    for (const Server& row : m_present.servers())
        m_servers.present[hostKey(row.hostName)].push_back(row.id);
    for (const DocumentServer& entry : m_document.servers) {
        const ServerId id = match(m_servers, hostKey(entry.hostName), entry.label, entry.path);
        const Server* before = m_present.find(id);
        Server row = before ? *before : Server{.id = id, .environment = {}, .hostName = entry.hostName};
        if (entry.environment)
            row.environment = environmentOf(*entry.environment);
        put(std::move(row));
    }
}

void ImportPlanner::planHerds()
{
    // Two ways to the same rows: an entry with a name is looked up by it, one with only a base name by that.
    Known<HerdId> byBaseName;
    for (const Herd& row : m_present.herds()) {
        m_herds.present[herdKey(row.name, row.port, row.environment)].push_back(row.id);
        byBaseName.present[herdKey(row.baseName, row.port, row.environment)].push_back(row.id);
    }
    QHash<HerdId, QString> taken;
    QHash<QString, QString> created;
    for (const DocumentHerd& entry : m_document.herds) {
        const QString given = entry.name.value_or(QString());
        const bool named = !given.isEmpty();
        const QString name = named ? given : *entry.baseName;
        const QString key = herdKey(name, entry.port, environmentOf(entry.environment));
        const HerdId id = match(named ? m_herds : byBaseName, key, entry.label, entry.path);
        if (!named)
            m_herds.ids.push_back(id);
        if (taken.contains(id))
            complain(entry.path, Text::tr("This is the same herd as %1.").arg(taken.value(id)));
        taken.insert(id, entry.path);

        const Herd* before = m_present.find(id);
        if (!before && entry.label.isEmpty() && created.contains(key))
            complain(entry.path, Text::tr("This is there twice; the first is %1.").arg(created.value(key)));
        if (!before)
            created.insert(key, entry.path);
        Herd row = before ? *before
                          : Herd{.id = id, .environment = environmentOf(entry.environment), .baseName = name, .name = name,
                                .description = u""_s, .port = entry.port, .dataDirectory = u""_s, .virtualHost = u""_s};
        if (entry.baseName)
            row.baseName = *entry.baseName;
        if (entry.description)
            row.description = *entry.description;
        if (entry.dataDirectory)
            row.dataDirectory = *entry.dataDirectory;
        if (entry.virtualHost)
            row.virtualHost = *entry.virtualHost;
        put(std::move(row));
    }
}

void ImportPlanner::matchMembers()
{
    for (const Instance& row : m_present.instances())
        m_members.present[memberKey(row.herd, row.server)].push_back(row.id);
    for (size_t h = 0; h < m_document.herds.size(); ++h) {
        for (const DocumentMember& entry : m_document.herds[h].members) {
            const ServerId server = find(m_servers, hostKey(entry.server.name), entry.server).value_or(ServerId());
            m_memberServers.push_back(server);
            match(m_members, memberKey(m_herds.ids[h], server), entry.label, entry.path);
            if (m_problem)
                return;
        }
    }
}

Instance ImportPlanner::memberRow(const DocumentMember& entry, HerdId herd, ServerId server, InstanceId id)
{
    const Instance* before = m_present.find(id);
    Instance row;
    if (before) {
        row = *before;
    } else {
        row.id = id;
        row.herd = herd;
        row.server = server;
        row.version = u""_s;
        row.localDataDirectory = u""_s;
        row.isOnline = entry.online.value_or(false);
        row.walPosition = entry.walPosition;
    }
    if (entry.version)
        row.version = *entry.version;
    if (entry.dataDirectory)
        row.localDataDirectory = *entry.dataDirectory;
    if (entry.upstream) {
        row.upstream.reset();
        if (const auto& reference = *entry.upstream) {
            QString key;
            if (reference->label.isEmpty()) {
                // The upstream of the same herd that lives on the server of that name.
                if (const auto host = find(m_servers, hostKey(reference->name), *reference))
                    key = memberKey(herd, *host);
            }
            if (!m_problem)
                row.upstream = find(m_members, key, *reference);
            if (row.upstream == id)
                complain(reference->path, Text::tr("An instance cannot follow itself."));
        }
    }
    return row;
}

void ImportPlanner::planMembers()
{
    size_t position = 0;
    for (size_t h = 0; h < m_document.herds.size(); ++h) {
        for (const DocumentMember& entry : m_document.herds[h].members) {
            Instance row = memberRow(entry, m_herds.ids[h], m_memberServers[position], m_members.ids[position]);
            if (m_problem)
                return;
            ++position;
            if (row.id.isValid())
                put(std::move(row));
            else
                m_newInstances.push_back(std::move(row));
        }
    }
}

// Upstreams before their followers, all of one depth together: the store can then send many rows at once. What is left
// follows in a circle.
void ImportPlanner::putNewInstances()
{
    QHash<InstanceId, std::vector<size_t>> followers;
    std::vector<size_t> wave;
    for (size_t i = 0; i < m_newInstances.size(); ++i) {
        const auto& upstream = m_newInstances[i].upstream;
        if (upstream && !upstream->isValid())
            followers[*upstream].push_back(i);
        else
            wave.push_back(i);
    }
    std::vector<bool> done(m_newInstances.size());
    while (!wave.empty()) {
        std::vector<size_t> next;
        for (const size_t i : wave) {
            m_created.push_back(Put<Instance>{m_newInstances[i]});
            done[i] = true;
            const auto behind = followers.constFind(m_newInstances[i].id);
            if (behind != followers.constEnd())
                next.insert(next.end(), behind->begin(), behind->end());
        }
        std::sort(next.begin(), next.end());
        wave = std::move(next);
    }
    for (size_t i = 0; i < m_newInstances.size(); ++i) {
        if (!done[i])
            m_created.push_back(Put<Instance>{m_newInstances[i]});
    }
}

Expected<ChangeSet> ImportPlanner::plan()
{
    for (const auto step : {&ImportPlanner::planEnvironments, &ImportPlanner::planServers, &ImportPlanner::planHerds,
             &ImportPlanner::matchMembers, &ImportPlanner::planMembers, &ImportPlanner::putNewInstances}) {
        (this->*step)();
        if (m_problem)
            return fail(*m_problem);
    }
    m_created.insert(m_created.end(), std::make_move_iterator(m_changed.begin()), std::make_move_iterator(m_changed.end()));
    return std::move(m_created);
}

} // namespace

Expected<ChangeSet> planImport(const ImportDocument& document, const Inventory& present)
{
    return ImportPlanner(document, present).plan();
}

} // namespace elephaas
