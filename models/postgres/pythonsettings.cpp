#include "models/postgres/pythonsettings.h"

#include <QCoreApplication>

#include <optional>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Tr {
    Q_DECLARE_TR_FUNCTIONS(elephaas::PythonSettings)
};

bool isIdentifierCharacter(QChar c) { return c.isLetterOrNumber() || c == u'_'; }
bool isQuote(QChar c) { return c == u'\'' || c == u'"'; }

// Python's lexical rules ("Lexical analysis", "String and Bytes literals") as far as literals need them.
class Reader final {
public:
    explicit Reader(const QString& text)
        : m_text(text)
    {
        m_text.replace(u"\r\n"_s, u"\n"_s);
    }

    Expected<QMap<QString, QString>> read()
    {
        skipBlanks(true);
        if (at(u'{')) {
            dictionary();
            skipBlanks(true);
            if (!m_error && !atEnd())
                refuse(Tr::tr("Something follows the dictionary."));
        } else {
            settingsFile();
        }
        if (m_error)
            return fail(*m_error);
        return m_commands;
    }

private:
    bool atEnd() const { return m_at >= m_text.size(); }
    bool at(char16_t c) const { return !atEnd() && m_text[m_at] == c; }
    bool take(char16_t c) { return at(c) ? (++m_at, true) : false; }

    void refuse(const QString& what, qsizetype position = -1)
    {
        if (m_error)
            return;
        const auto line = QStringView(m_text).first(std::min(position < 0 ? m_at : position, m_text.size())).count(u'\n') + 1;
        //: %1 is the number of a line in pasted settings.
        m_error = Error{ErrorKind::InvalidInput, what, Tr::tr("line %1").arg(line), {},
            Tr::tr("The settings are read as text, never executed: write the dictionary with plain strings.")};
    }

    // Blanks, continued lines and comments; newlines only between brackets.
    void skipBlanks(bool newlines)
    {
        while (!atEnd()) {
            const QChar c = m_text[m_at];
            if (c == u'#') {
                const auto end = m_text.indexOf(u'\n', m_at);
                m_at = end < 0 ? m_text.size() : end;
            } else if (c == u'\\' && m_at + 1 < m_text.size() && m_text[m_at + 1] == u'\n') {
                m_at += 2;
            } else if (c == u' ' || c == u'\t' || c == u'\f' || c == u'\uFEFF' || (newlines && c == u'\n')) {
                ++m_at;
            } else {
                return;
            }
        }
    }

    // Finds the assignments at the beginning of a line, passing over everything else, strings included.
    void settingsFile()
    {
        bool found = false;
        bool lineStart = true;
        while (!atEnd() && !m_error) {
            const QChar c = m_text[m_at];
            if (isQuote(c)) {
                (void)literal(false);
            } else if (c == u'#') {
                skipBlanks(false);
            } else if (isIdentifierCharacter(c)) {
                found |= word(lineStart);
            } else {
                lineStart = c == u'\n' || (lineStart && c == u'\uFEFF');
                ++m_at;
                continue;
            }
            lineStart = false;
        }
        if (!m_error && !found)
            refuse(Tr::tr("There is no dictionary COMMANDS."), 0);
    }

    // A name; true when it was an assignment to COMMANDS, which has then been read.
    bool word(bool lineStart)
    {
        const qsizetype start = m_at;
        while (!atEnd() && isIdentifierCharacter(m_text[m_at]))
            ++m_at;
        const QStringView name = QStringView(m_text).sliced(start, m_at - start);
        if (!atEnd() && isQuote(m_text[m_at])) { // a string's prefix
            (void)literal(name.contains(u'r', Qt::CaseInsensitive));
            return false;
        }
        if (!lineStart || name != u"COMMANDS")
            return false;
        skipBlanks(false);
        if (take(u'='))
            return wholeDictionary();
        return take(u'[') ? oneEntry() : false;
    }

    bool wholeDictionary()
    {
        if (at(u'='))
            return false; // a comparison
        m_commands.clear();
        skipBlanks(false);
        if (!at(u'{'))
            refuse(Tr::tr("COMMANDS is not a dictionary in braces."));
        else
            dictionary();
        return true;
    }

    bool oneEntry()
    {
        skipBlanks(true);
        const auto key = expression(true);
        skipBlanks(true);
        if (m_error || !take(u']')) {
            refuse(Tr::tr("A closing bracket is missing."));
            return true;
        }
        skipBlanks(false);
        if (!take(u'=')) {
            refuse(Tr::tr("Only assignments to COMMANDS are understood."));
            return true;
        }
        skipBlanks(false);
        if (const auto value = expression(false); value && key)
            m_commands.insert(*key, *value);
        return true;
    }

    void dictionary()
    {
        ++m_at;
        for (;;) {
            skipBlanks(true);
            if (take(u'}'))
                return;
            const auto key = expression(true);
            skipBlanks(true);
            if (!m_error && !take(u':'))
                refuse(Tr::tr("A colon is missing after the name."));
            skipBlanks(true);
            const auto value = expression(true);
            if (!key || !value)
                return;
            m_commands.insert(*key, *value); // the last one of several counts, as in Python
            skipBlanks(true);
            if (take(u','))
                continue;
            if (!at(u'}')) {
                refuse(atEnd() ? Tr::tr("The dictionary is never closed.") : Tr::tr("A comma or a closing brace is missing."));
                return;
            }
        }
    }

    // One or more strings, side by side or joined with +, perhaps in parentheses.
    std::optional<QString> expression(bool newlines)
    {
        QString text;
        do {
            skipBlanks(newlines);
            const auto part = operand(newlines);
            if (!part)
                return std::nullopt;
            text += *part;
            skipBlanks(newlines);
        } while (take(u'+') || startsString());
        return text;
    }

    std::optional<QString> operand(bool newlines)
    {
        if (++m_depth > 50) {
            refuse(Tr::tr("There are too many parentheses."));
            return std::nullopt;
        }
        std::optional<QString> text;
        if (take(u'(')) {
            text = expression(true);
            skipBlanks(true);
            if (!m_error && !take(u')'))
                refuse(Tr::tr("A closing parenthesis is missing."));
        } else if (startsString()) {
            text = prefixedLiteral();
        } else {
            refuse(atEnd() || (!newlines && at(u'\n')) ? Tr::tr("A string is missing.")
                                                       : Tr::tr("Only strings are understood here."));
        }
        --m_depth;
        return m_error ? std::nullopt : text;
    }

    bool startsString() const
    {
        qsizetype i = m_at;
        while (i < m_text.size() && i - m_at < 3 && u"rRuUbBfF"_s.contains(m_text[i]))
            ++i;
        return i < m_text.size() && isQuote(m_text[i]);
    }

    std::optional<QString> prefixedLiteral()
    {
        bool raw = false;
        for (; !isQuote(m_text[m_at]); ++m_at) {
            const QChar prefix = m_text[m_at].toLower();
            if (prefix == u'b' || prefix == u'f') {
                refuse(Tr::tr("Bytes and f-strings are not understood."));
                return std::nullopt;
            }
            raw |= prefix == u'r';
        }
        return literal(raw);
    }

    // At the opening quote.
    std::optional<QString> literal(bool raw)
    {
        const qsizetype start = m_at;
        const QChar quote = m_text[m_at];
        const bool triple = QStringView(m_text).sliced(m_at).startsWith(QString(3, quote));
        const QString closing(triple ? 3 : 1, quote);
        m_at += closing.size();
        QString text;
        while (!atEnd()) {
            if (QStringView(m_text).sliced(m_at).startsWith(closing)) {
                m_at += closing.size();
                return text;
            }
            const QChar c = m_text[m_at];
            if (c == u'\n' && !triple)
                break;
            ++m_at;
            if (c != u'\\') {
                text += c;
            } else if (raw) {
                text += c;
                if (!atEnd())
                    text += m_text[m_at++];
            } else if (!escape(text)) {
                return std::nullopt;
            }
        }
        refuse(Tr::tr("A string is never closed."), start);
        return std::nullopt;
    }

    bool escape(QString& text)
    {
        if (atEnd())
            return true;
        const QChar c = m_text[m_at++];
        static const QString from = u"\\'\"abfnrtv"_s;
        static const QString to = u"\\'\"\a\b\f\n\r\t\v"_s;
        if (const auto known = from.indexOf(c); known >= 0) {
            text += to[known];
        } else if (c == u'\n') {
            return true;
        } else if (c == u'x') {
            return number(text, 2, 2, 16);
        } else if (c == u'u') {
            return number(text, 4, 4, 16);
        } else if (c == u'U') {
            return number(text, 8, 8, 16);
        } else if (c >= u'0' && c <= u'7') {
            --m_at;
            return number(text, 1, 3, 8);
        } else if (c == u'N') {
            refuse(Tr::tr("Characters by name are not understood."));
            return false;
        } else {
            text += u'\\';
            text += c;
        }
        return true;
    }

    bool number(QString& text, int least, int most, int base)
    {
        char32_t value = 0;
        int digits = 0;
        for (; digits < most && !atEnd(); ++digits, ++m_at) {
            bool ok = false;
            const int digit = QString(m_text[m_at]).toInt(&ok, base);
            if (!ok || m_text[m_at].unicode() > 127)
                break;
            value = value * static_cast<char32_t>(base) + static_cast<char32_t>(digit);
        }
        if (digits < least || value > 0x10FFFF || value == 0 || (value >= 0xD800 && value <= 0xDFFF)) {
            refuse(Tr::tr("An escape sequence stands for no character."));
            return false;
        }
        text += QString::fromUcs4(&value, 1);
        return true;
    }

    QString m_text;
    qsizetype m_at = 0;
    int m_depth = 0;
    QMap<QString, QString> m_commands;
    std::optional<Error> m_error;
};

} // namespace

Expected<QMap<QString, QString>> commandsFromPythonSettings(const QString& text) { return Reader(text).read(); }

} // namespace elephaas
