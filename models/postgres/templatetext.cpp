#include "models/postgres/templatetext.h"

#include <QCoreApplication>
#include <QStringList>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr qsizetype longestCommand = 64 * 1024;

struct Tr {
    Q_DECLARE_TR_FUNCTIONS(elephaas::TemplateText)
};

QStringList quotedKeys(const QMap<QString, QString>& templates)
{
    QStringList keys = templates.keys();
    return keys.size() > 20 ? keys.first(20) + QStringList{u"…"_s} : keys;
}

// Splits one template; names are kept as they are written.
class Splitter final {
public:
    Splitter(const QString& name, const QString& text)
        : m_name(name)
        , m_text(text)
    {
    }

    Expected<std::vector<TemplatePiece>> split()
    {
        for (qsizetype i = 0; i < m_text.size(); ++i) {
            const QChar c = m_text[i];
            const bool doubled = i + 1 < m_text.size() && m_text[i + 1] == c;
            if (c == u'\0')
                return fail(templateError(place(i), Tr::tr("The template contains a NUL character.")));
            if (c != u'{' && c != u'}') {
                addLiteral(c, i);
            } else if (doubled) {
                addLiteral(c, i);
                m_pieceOpen = false; // the next character stands one place further than the text is long
                ++i;
            } else if (c == u'}') {
                return fail(templateError(place(i), Tr::tr("A closing brace has no opening one."),
                    //: Explains how a literal brace is written in a command template.
                    Tr::tr("A brace that is meant as text is written twice: }}")));
            } else {
                const auto end = addName(i);
                if (!end)
                    return fail(end.error());
                i = *end;
            }
        }
        return std::move(m_pieces);
    }

private:
    TemplatePlace place(qsizetype position) const { return {m_name, position}; }

    void addLiteral(QChar c, qsizetype at)
    {
        if (!m_pieceOpen)
            m_pieces.push_back({QString(), false, place(at)});
        m_pieceOpen = true;
        m_pieces.back().text += c;
    }

    // Returns the position of the closing brace.
    Expected<qsizetype> addName(qsizetype open)
    {
        const qsizetype close = m_text.indexOf(u'}', open);
        if (close < 0)
            return fail(templateError(place(open), Tr::tr("An opening brace is never closed."),
                Tr::tr("A brace that is meant as text is written twice: {{")));
        const QString name = m_text.sliced(open + 1, close - open - 1);
        if (name.contains(u'{'))
            return fail(templateError(place(open), Tr::tr("A brace stands inside the name {%1}.").arg(name),
                Tr::tr("A brace that is meant as text is written twice: {{")));
        if (name.contains(u'!') || name.contains(u':'))
            return fail(templateError(
                place(open), Tr::tr("{%1} asks for a conversion or a format, which is not supported.").arg(name)));
        m_pieces.push_back({name, true, place(open)});
        m_pieceOpen = false;
        return close;
    }

    QString m_name;
    QString m_text;
    std::vector<TemplatePiece> m_pieces;
    bool m_pieceOpen = false; // the last piece is literal text that may grow
};

class Expander final {
public:
    explicit Expander(const QMap<QString, QString>& templates)
        : m_templates(templates)
    {
    }

    Expected<void> expand(const QString& name, const TemplatePlace& usedAt)
    {
        const auto text = m_templates.constFind(name);
        if (text == m_templates.constEnd()) {
            return fail(templateError(usedAt, Tr::tr("There is no command template named \"%1\".").arg(name),
                Tr::tr("There are: %1.").arg(quotedKeys(m_templates).join(u", "_s))));
        }
        if (m_within.contains(name)) {
            return fail(templateError(usedAt, Tr::tr("The command templates contain each other without end: %1.")
                                                  .arg((m_within + QStringList{name}).join(u" > "_s))));
        }
        QString unix = *text;
        unix.replace(u"\r\n"_s, u"\n"_s);
        auto pieces = Splitter(name, unix).split();
        if (!pieces)
            return fail(pieces.error());
        m_within.append(name);
        for (TemplatePiece& piece : *pieces) {
            if (const auto done = add(std::move(piece)); !done)
                return done;
        }
        m_within.removeLast();
        return {};
    }

    std::vector<TemplatePiece> take() { return std::move(m_pieces); }

private:
    Expected<void> add(TemplatePiece piece)
    {
        constexpr QStringView opening = u"COMMANDS[";
        if (piece.isName && piece.text.startsWith(opening) && piece.text.endsWith(u']')) {
            const QString other = piece.text.sliced(opening.size(), piece.text.size() - opening.size() - 1);
            return expand(other, piece.place);
        }
        m_size += piece.text.size() + 1;
        if (m_size > longestCommand)
            return fail(templateError(piece.place, Tr::tr("The command line becomes longer than %n byte(s).", nullptr,
                                                       static_cast<int>(longestCommand))));
        m_pieces.push_back(std::move(piece));
        return {};
    }

    const QMap<QString, QString>& m_templates;
    QStringList m_within;
    std::vector<TemplatePiece> m_pieces;
    qsizetype m_size = 0;
};

} // namespace

Error templateError(const TemplatePlace& place, const QString& what, const QString& remedy)
{
    //: %1 is a command template's name, %2 a number counted from 1.
    const QString where = Tr::tr("command template \"%1\", character %2").arg(place.templateName).arg(place.position + 1);
    return {ErrorKind::InvalidInput, what, where, {}, remedy};
}

Expected<std::vector<TemplatePiece>> expandTemplate(const QMap<QString, QString>& templates, const QString& name)
{
    if (!templates.contains(name)) {
        return fail({ErrorKind::NotFound, Tr::tr("There is no command template named \"%1\".").arg(name), {}, {},
            templates.isEmpty() ? Tr::tr("Choose a preset in the preferences.")
                                : Tr::tr("There are: %1.").arg(quotedKeys(templates).join(u", "_s))});
    }
    Expander expander(templates);
    if (const auto done = expander.expand(name, {name, 0}); !done)
        return fail(done.error());
    return expander.take();
}

} // namespace elephaas
