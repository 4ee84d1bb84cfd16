#include "models/postgres/commandtemplates.h"

#include "models/postgres/shellplacement.h"
#include "models/postgres/templatetext.h"
#include "models/postgres/templatevalues.h"

#include <QCoreApplication>

#include <functional>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Tr {
    Q_DECLARE_TR_FUNCTIONS(elephaas::CommandTemplates)
};

using ValueOf = std::function<Expected<TemplateValue>(const QString& name)>;

Error unknownName(const TemplatePiece& piece)
{
    return templateError(piece.place, Tr::tr("There is no name {%1}.").arg(piece.text),
        Tr::tr("Possible are {pgdata}, {version.major}, {version[0]}, {version[1]}, {COMMANDS[…]} and the names below {inst.…}."));
}

Expected<QByteArray> buildFrom(const QMap<QString, QString>& templates, const QString& name, const ValueOf& valueOf)
{
    auto pieces = expandTemplate(templates, name);
    if (!pieces)
        return fail(pieces.error());
    std::vector<ShellPiece> shell;
    shell.reserve(pieces->size());
    for (const TemplatePiece& piece : *pieces) {
        if (!piece.isName) {
            shell.push_back({piece.text, {}, piece.place});
            continue;
        }
        if (!isTemplateName(piece.text))
            return fail(unknownName(piece));
        auto value = valueOf(piece.text);
        if (!value) {
            return fail(templateError(piece.place, Tr::tr("{%1} has no value: %2.").arg(piece.text, value.error().what)));
        }
        shell.push_back({piece.text, *std::move(value), piece.place});
    }
    return placeInShell(shell);
}

} // namespace

CommandTemplates::CommandTemplates(QMap<QString, QString> templates)
    : m_templates(std::move(templates))
{
}

Expected<QByteArray> CommandTemplates::build(const QString& name, const Inventory& inventory, InstanceId instance) const
{
    const Instance* row = inventory.find(instance);
    if (!row)
        return fail({ErrorKind::NotFound, Tr::tr("The instance is no longer in the inventory.")});
    return buildFrom(m_templates, name, [&](const QString& wanted) { return templateValue(wanted, inventory, *row); });
}

Expected<void> CommandTemplates::check(const QString& name) const
{
    const auto built = buildFrom(m_templates, name,
        [](const QString&) -> Expected<TemplateValue> { return TemplateValue{u"1"_s, ValueKind::Number}; });
    if (!built)
        return fail(built.error());
    return {};
}

} // namespace elephaas
