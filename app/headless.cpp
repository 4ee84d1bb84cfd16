#include "app/headless.h"

#include "models/exchange/exportdocument.h"
#include "models/exchange/importdocument.h"
#include "models/exchange/planimport.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

#include <cstdio>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Headless)
};

constexpr qint64 largestDocument = 256LL * 1024 * 1024;

void say(std::FILE* stream, const QString& text)
{
    std::fputs(text.toLocal8Bit().constData(), stream);
    std::fputs("\n", stream);
}

int complain(const Error& error)
{
    say(stderr, u"elephaas: "_s + error.text());
    return 1;
}

Error fileError(const QFileDevice& file, const QString& what)
{
    return {ErrorKind::Storage, what, file.fileName(), file.errorString()};
}

struct Counts {
    int added = 0;
    int changed = 0;
};

template <class Row>
void count(const Edit& edit, Counts& counts)
{
    if (const auto* put = std::get_if<Put<Row>>(&edit))
        ++(put->before ? counts.changed : counts.added);
}

Expected<void> importInto(InventoryStore& store, const CommandLine& options)
{
    const auto bytes = readDocumentFile(options.importFile);
    if (!bytes)
        return fail(bytes.error());
    const auto document = parseDocument(*bytes);
    if (!document)
        return fail(document.error());
    auto loaded = store.load({});
    if (!loaded)
        return fail(loaded.error());
    const Inventory present(std::move(loaded->rows), {}, 1, loaded->readAt);
    const auto changes = planImport(*document, present);
    if (!changes)
        return fail(changes.error());
    if (!changes->empty()) {
        if (const auto applied = store.apply(*changes, {}); !applied)
            return fail(applied.error());
    }
    say(stdout, importSummary(*changes));
    return {};
}

Expected<void> exportFrom(InventoryStore& store, const CommandLine& options)
{
    auto loaded = store.load({});
    if (!loaded)
        return fail(loaded.error());
    const Inventory present(std::move(loaded->rows), {}, 1, loaded->readAt);
    const QByteArray document = exportDocument(present);
    if (options.exportFile != u"-") {
        if (const auto written = writeDocumentFile(options.exportFile, document); !written)
            return fail(written.error());
        return {};
    }
    if (std::fwrite(document.constData(), 1, static_cast<size_t>(document.size()), stdout) != static_cast<size_t>(document.size())
        || std::fflush(stdout) != 0)
        return fail({ErrorKind::Storage, Text::tr("Standard output could not be written."), {}});
    return {};
}

} // namespace

QString importSummary(const ChangeSet& changes)
{
    Counts environments;
    Counts herds;
    Counts servers;
    Counts instances;
    for (const Edit& edit : changes) {
        count<Environment>(edit, environments);
        count<Herd>(edit, herds);
        count<Server>(edit, servers);
        count<Instance>(edit, instances);
    }
    if (changes.empty())
        return Text::tr("Everything in the document is in the inventory already.");
    //: %1 is what was added and changed of one kind, as "3 added, 1 changed"
    const auto part = [](const Counts& c) { return Text::tr("%1 added, %2 changed").arg(c.added).arg(c.changed); };
    return Text::tr("Environments: %1. Servers: %2. Herds: %3. Instances: %4.")
        .arg(part(environments), part(servers), part(herds), part(instances));
}

Expected<QByteArray> readDocumentFile(const QString& name)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly))
        return fail(fileError(file, Text::tr("The document cannot be read.")));
    const QByteArray bytes = file.read(largestDocument + 1);
    if (file.error() != QFileDevice::NoError)
        return fail(fileError(file, Text::tr("The document cannot be read.")));
    if (bytes.size() > largestDocument) {
        return fail({ErrorKind::InvalidInput, Text::tr("The document is larger than %1 MB.").arg(largestDocument / 1024 / 1024), name, {},
            Text::tr("Split it; parts are merged one after the other.")});
    }
    return bytes;
}

Expected<void> writeDocumentFile(const QString& name, const QByteArray& document)
{
    QSaveFile file(name);
    if (!file.open(QIODevice::WriteOnly) || file.write(document) != document.size() || !file.commit())
        return fail(fileError(file, Text::tr("The document cannot be written.")));
    return {};
}

int runHeadless(const CommandLine& options, InventoryStore& store)
{
    const auto opened = store.open({});
    if (!opened)
        return complain(opened.error());
    if (options.readOnly && !options.importFile.isEmpty())
        return complain({ErrorKind::PermissionDenied, Text::tr("--read-only forbids an import.")});
    const auto done = options.importFile.isEmpty() ? exportFrom(store, options) : importInto(store, options);
    store.close();
    return done ? 0 : complain(done.error());
}

} // namespace elephaas
