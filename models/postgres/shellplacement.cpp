#include "models/postgres/shellplacement.h"

#include "models/postgres/reparsingprograms.h"
#include "models/postgres/shellquote.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <utility>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Tr {
    Q_DECLARE_TR_FUNCTIONS(elephaas::ShellPlacement)
};

// Stands for "some value" in the text of a word that is kept for looking at it.
constexpr QChar someValue(u'\uFFFC');

struct Element {
    QChar c; // shell text
    const ShellPiece* value = nullptr;
    TemplatePlace place;
    bool is(char16_t wanted) const { return !value && c == wanted; }
};

struct Word {
    QString text; // without quotes; a value is `someValue`
    bool open = false;
    bool quoted = false; // or holds a value: no reserved word
    bool brace = false; // bash may expand it
};

// One command list: the whole template, a subshell or a command substitution.
struct CommandList {
    bool isSubstitution = false;
    bool commandPosition = true; // the next word names a program
    bool redirectTarget = false;
    bool optionsEnded = false; // a word "--" was seen
    Word word;
    QStringList words; // of the present simple command
};

enum class Mode { Bare, DoubleQuoted };

bool isNameCharacter(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'_';
}
bool isDigit(QChar c) { return c >= u'0' && c <= u'9'; }
bool isDigits(const QString& text) { return !text.isEmpty() && std::all_of(text.begin(), text.end(), isDigit); }

bool isAssignment(const QString& text)
{
    const auto equals = text.indexOf(u'=');
    return equals > 0 && !isDigit(text[0]) && std::all_of(text.begin(), text.begin() + equals, isNameCharacter);
}

QString inSingleQuotes(const QString& value)
{
    QString text = value;
    return text.replace(u"'"_s, u"'\\''"_s);
}

QString inDoubleQuotes(const QString& value)
{
    QString text;
    for (const QChar c : value) {
        if (c == u'\\' || c == u'"' || c == u'$' || c == u'`')
            text += u'\\';
        text += c;
    }
    return text;
}

class Placer final {
public:
    explicit Placer(const std::vector<ShellPiece>& pieces)
    {
        for (const ShellPiece& piece : pieces) {
            if (piece.value) {
                m_elements.push_back({{}, &piece, piece.place});
                continue;
            }
            for (qsizetype i = 0; i < piece.text.size(); ++i)
                m_elements.push_back({piece.text[i], nullptr, {piece.place.templateName, piece.place.position + i}});
        }
        m_lists.emplace_back();
    }

    Expected<QByteArray> place()
    {
        while (!m_error && !atEnd())
            step();
        if (!m_error)
            finish();
        if (m_error)
            return fail(*m_error);
        return m_out.toUtf8();
    }

private:
    // What a shell reads next. A backslash before a newline is no text at all (XCU 2.2.1), wherever it may fall.
    void skipContinuations()
    {
        while (m_at + 1 < m_elements.size() && m_elements[m_at].is(u'\\') && m_elements[m_at + 1].is(u'\n'))
            m_at += 2;
    }
    bool atEnd()
    {
        skipContinuations();
        return m_at >= m_elements.size();
    }
    const Element& next()
    {
        skipContinuations();
        return m_elements[m_at++];
    }
    bool nextIs(char16_t c) { return !atEnd() && m_elements[m_at].is(c); }
    bool nextIsValue() { return !atEnd() && m_elements[m_at].value; }

    void refuse(const Element& at, const QString& what, const QString& remedy = {})
    {
        if (!m_error)
            m_error = templateError(at.place, what, remedy);
    }
    void refuseValue(const Element& at, const QString& why, const QString& remedy = {})
    {
        refuse(at, Tr::tr("The value of {%1} cannot be put here: %2.").arg(at.value->text, why), remedy);
    }

    CommandList& list() { return m_lists.back(); }
    Word& word() { return list().word; }
    void addToWord(QChar c) { word().open = true, word().text += c; }

    void step()
    {
        const Element& e = next();
        if (e.value)
            placeValue(e);
        else if (e.c == u'\\')
            escape(e);
        else if (e.c == u'$')
            dollar(e);
        else if (e.c == u'`')
            backquotes(e);
        else if (e.c == u'"')
            toggleDoubleQuotes();
        else if (m_modes.back() == Mode::DoubleQuoted)
            copy(e);
        else
            bare(e);
    }

    void copy(const Element& e)
    {
        m_out += e.c;
        addToWord(e.c);
    }

    void toggleDoubleQuotes()
    {
        m_out += u'"';
        word().open = word().quoted = true;
        if (m_modes.back() == Mode::DoubleQuoted)
            m_modes.pop_back();
        else
            m_modes.push_back(Mode::DoubleQuoted);
    }

    void bare(const Element& e)
    {
        switch (e.c.unicode()) {
        case u' ':
        case u'\t':
            endWord(e);
            break;
        case u'\n':
        case u';':
        case u'&':
        case u'|':
            endCommand(e);
            break;
        case u'#':
            if (!word().open)
                return comment(e);
            addToWord(e.c);
            break;
        case u'\'':
            return singleQuotes(e);
        case u'<':
        case u'>':
            return redirect(e);
        case u'(':
            return openSubshell(e);
        case u')':
            return closeList(e);
        case u'{':
            word().brace = true;
            addToWord(e.c);
            break;
        case u'~':
            if (nextIsValue())
                return refuseValue(m_elements[m_at], Tr::tr("a tilde stands right before it"));
            addToWord(e.c);
            break;
        default:
            addToWord(e.c);
            break;
        }
        m_out += e.c;
    }

    void comment(const Element& first)
    {
        m_out += first.c;
        while (m_at < m_elements.size() && !m_elements[m_at].is(u'\n')) {
            const Element& e = m_elements[m_at++];
            if (!e.value) {
                m_out += e.c;
                continue;
            }
            // Nothing ends a comment but a newline.
            if (e.value->value->text.contains(u'\n') || !isShellWord(e.value->value->text))
                return refuseValue(e, Tr::tr("it would end the comment"));
            m_out += e.value->value->text;
        }
    }

    void singleQuotes(const Element& first)
    {
        m_out += u'\'';
        word().open = word().quoted = true;
        while (m_at < m_elements.size()) {
            const Element& e = m_elements[m_at++];
            if (e.value) {
                if (!mayStand(e))
                    return;
                m_out += inSingleQuotes(e.value->value->text);
                addValueToWord(e);
                continue;
            }
            m_out += e.c;
            if (e.c == u'\'')
                return;
            addToWord(e.c);
        }
        refuse(first, Tr::tr("A single quote is never closed."));
    }

    void escape(const Element& e)
    {
        if (m_at >= m_elements.size())
            return refuse(e, Tr::tr("The command line ends with a backslash."));
        const Element& escaped = m_elements[m_at++];
        if (escaped.value)
            return refuseValue(escaped, Tr::tr("a backslash stands right before it"));
        m_out += e.c;
        m_out += escaped.c;
        addToWord(escaped.c);
        word().quoted = true;
    }

    void dollar(const Element& e)
    {
        m_out += u'$';
        if (nextIsValue()) {
            return refuseValue(m_elements[m_at], Tr::tr("a dollar sign stands right before it"),
                Tr::tr("A variable of the shell is written ${{NAME}}."));
        }
        if (nextIs(u'('))
            return substitution(e);
        word().quoted = true;
        if (nextIs(u'{'))
            return parameter(e);
        if (m_modes.back() == Mode::Bare && (nextIs(u'\'') || nextIs(u'"')))
            return refuse(e, Tr::tr("Strings that begin with $' or $\" mean different things to different shells."));
        addToWord(u'$');
        if (atEnd())
            return;
        if (const Element& first = m_elements[m_at]; !isNameCharacter(first.c) || isDigit(first.c)) {
            if (isDigit(first.c) || u"@*#?-$!"_s.contains(first.c)) {
                copy(next());
                m_afterParameter = nextIsValue();
            }
            return;
        }
        while (!atEnd() && !nextIsValue() && isNameCharacter(m_elements[m_at].c))
            copy(next());
        m_afterParameter = nextIsValue(); // its first characters must not become part of the name
    }

    // ${…}: kept simple enough that every shell sees the same end of it.
    void parameter(const Element& opening)
    {
        addToWord(someValue);
        for (bool first = true; !atEnd(); first = false) {
            const Element& e = next();
            if (e.value)
                return refuseValue(e, Tr::tr("it stands inside ${…}"));
            m_out += e.c;
            if (e.c == u'}')
                return;
            if (!first && u"'\"\\`${("_s.contains(e.c))
                return refuse(e, Tr::tr("Quotes and expansions inside ${…} are not supported."));
        }
        refuse(opening, Tr::tr("${ is never closed."));
    }

    void substitution(const Element& e)
    {
        word().open = word().quoted = true;
        word().text += someValue;
        m_out += next().c;
        if (nextIs(u'('))
            return arithmetic(e);
        m_lists.emplace_back().isSubstitution = true;
        m_modes.push_back(Mode::Bare);
    }

    // $((…)): numbers, names of variables and operators only, so that nothing is evaluated that a value brought in.
    void arithmetic(const Element& opening)
    {
        int depth = 1;
        while (!atEnd()) {
            const Element& e = next();
            if (e.value) {
                if (!isDigits(e.value->value->text))
                    return refuseValue(e, Tr::tr("in an arithmetic expression only digits are possible"));
                m_out += e.value->value->text;
                continue;
            }
            if (!isNameCharacter(e.c) && !u" \t\n+-*/%<>=!&|^~?:,()$"_s.contains(e.c))
                return refuse(e, Tr::tr("This is too much for an arithmetic expression in a command template."));
            if (e.c == u'$' && (nextIs(u'(') || nextIs(u'{') || nextIsValue()))
                return refuse(e, Tr::tr("This is too much for an arithmetic expression in a command template."));
            const bool closesTwice = e.c == u')' && depth == 2 && nextIs(u')');
            if (e.c == u')' && depth == 2 && !closesTwice)
                break; // a subshell within a command substitution
            depth += e.c == u'(' ? 1 : e.c == u')' ? -1 : 0;
            m_out += e.c;
            if (closesTwice) {
                m_out += next().c;
                return;
            }
        }
        refuse(opening, Tr::tr("$(( is never closed by ))."));
    }

    void backquotes(const Element& opening)
    {
        m_out += u'`';
        word().open = word().quoted = true;
        word().text += someValue;
        while (m_at < m_elements.size()) {
            const Element& e = m_elements[m_at++];
            if (e.value)
                return refuseValue(e, Tr::tr("it stands between backquotes"), Tr::tr("Write $(…) in place of backquotes."));
            m_out += e.c;
            if (e.c == u'`')
                return;
            if (e.c == u'\\' && m_at < m_elements.size() && !m_elements[m_at].value)
                m_out += m_elements[m_at++].c;
        }
        refuse(opening, Tr::tr("A backquote is never closed."));
    }

    void redirect(const Element& e)
    {
        if (nextIs(u'<') || (e.c == u'<' && nextIs(u'<')))
            return e.c == u'<' ? refuse(e, Tr::tr("Here-documents are not possible in a command template."))
                               : refuse(e, Tr::tr("This is not a redirection."));
        if (nextIs(u'('))
            return refuse(e, Tr::tr("Only some shells know <(…) and >(…)."));
        if (isDigits(word().text) && !word().quoted)
            word() = {}; // 2>: a file descriptor, not a word
        else
            endWord(e);
        m_out += e.c;
        if (nextIs(u'>') || nextIs(u'&') || nextIs(u'|'))
            m_out += next().c;
        if (nextIs(u'<') || nextIs(u'>'))
            return refuse(m_elements[m_at], Tr::tr("This is not a redirection."));
        list().redirectTarget = true;
    }

    void openSubshell(const Element& e)
    {
        if (word().open)
            return refuse(e, Tr::tr("An opening parenthesis right after a word: functions and patterns are not supported."));
        if (nextIs(u'('))
            return refuse(e, Tr::tr("Only some shells know ((…))."), Tr::tr("Write $((…)), or a blank between the parentheses."));
        if (!list().commandPosition)
            return refuse(e, Tr::tr("An opening parenthesis in the middle of a command."));
        m_out += e.c;
        m_lists.emplace_back();
        m_modes.push_back(Mode::Bare);
    }

    void closeList(const Element& e)
    {
        if (m_lists.size() == 1)
            return refuse(e, Tr::tr("A closing parenthesis has no opening one."));
        endCommand(e);
        m_out += e.c;
        const bool wasSubstitution = list().isSubstitution;
        m_lists.pop_back();
        m_modes.pop_back();
        if (!wasSubstitution)
            list().commandPosition = false;
    }

    void endCommand(const Element& e)
    {
        endWord(e);
        if (list().redirectTarget)
            refuse(e, Tr::tr("A redirection has no target."));
        list().commandPosition = true;
        list().optionsEnded = false;
        list().words.clear();
    }

    void endWord(const Element& e)
    {
        const Word done = std::exchange(word(), {});
        if (!done.open)
            return;
        m_anything = true;
        if (std::exchange(list().redirectTarget, false))
            return;
        if (list().commandPosition)
            list().commandPosition = staysInCommandPosition(done, e);
        list().optionsEnded |= done.text == u"--";
        list().words.append(done.text);
    }

    // A program's name comes next also after an assignment and most reserved words.
    bool staysInCommandPosition(const Word& done, const Element& e)
    {
        if (isAssignment(done.text))
            return true;
        if (done.quoted)
            return false;
        static const QStringList refused{u"case"_s, u"function"_s, u"select"_s, u"coproc"_s, u"[["_s, u"let"_s};
        if (refused.contains(done.text))
            refuse(e, Tr::tr("\"%1\" is not supported in a command template.").arg(done.text));
        static const QStringList passing{u"if"_s, u"then"_s, u"elif"_s, u"else"_s, u"fi"_s, u"while"_s, u"until"_s, u"do"_s,
            u"done"_s, u"{"_s, u"}"_s, u"!"_s, u"time"_s};
        return passing.contains(done.text);
    }

    void addValueToWord(const Element& e)
    {
        word().open = word().quoted = true;
        if (!e.value->value->text.isEmpty())
            word().text += someValue;
    }

    // Whether the value may stand where the lexer is, in whatever quotes.
    bool mayStand(const Element& e)
    {
        const TemplateValue& value = *e.value->value;
        const bool isIdentifier = value.kind == ValueKind::Name || value.kind == ValueKind::Path;
        if (!isShellWord(value.text))
            refuseValue(e, Tr::tr("it contains a NUL character or is no valid text"));
        else if (isIdentifier && value.text.contains(u'\n'))
            refuseValue(e, Tr::tr("it contains a line break"));
        else if (list().commandPosition && !list().redirectTarget)
            checkCommandWord(e);
        else if (word().text.isEmpty() && followsRunner())
            refuseProgramName(e);
        else if (isIdentifier && value.text.startsWith(u'-') && word().text.isEmpty() && !list().redirectTarget && !list().optionsEnded)
            refuseValue(e, Tr::tr("\"%1\" would be taken for an option").arg(value.text));
        if (!m_error && !list().redirectTarget)
            checkReparsed(e);
        return !m_error;
    }

    // Which program runs is the template's business; a version within its path is not a choice.
    void checkCommandWord(const Element& e)
    {
        const QString& text = e.value->value->text;
        if (isAssignment(word().text))
            return;
        if (word().text.isEmpty())
            refuseProgramName(e);
        else if (text.contains(u'/') || text == u".." || text == u".")
            refuseValue(e, Tr::tr("\"%1\" would lead to another program").arg(text));
    }

    void refuseProgramName(const Element& e) { refuseValue(e, Tr::tr("the inventory would say which program runs")); }

    // The word before is a program that runs the one which comes next.
    bool followsRunner()
    {
        static const QStringList runners{u"sudo"_s, u"doas"_s, u"env"_s, u"exec"_s, u"command"_s, u"nohup"_s, u"nice"_s,
            u"ionice"_s, u"setsid"_s, u"xargs"_s};
        return !list().words.isEmpty() && !list().redirectTarget && runners.contains(list().words.last());
    }

    void checkReparsed(const Element& e)
    {
        const QString& text = e.value->value->text;
        const QString program = reparsingProgram(list().words, word().text);
        if (program.isEmpty()) {
            const bool quotedAgain = std::any_of(text.begin(), text.end(), [](QChar c) { return u"\"$`\\"_s.contains(c); });
            if (const QString other = doubleQuotingProgram(list().words); quotedAgain && !other.isEmpty())
                refuseValue(e, Tr::tr("%1 hands this word to a shell in double quotes, and \"%2\" would not stay one word").arg(other, text));
            return;
        }
        const bool harmless = std::all_of(text.begin(), text.end(), [](QChar c) {
            return c.unicode() < 128 ? isPlainShellText(QStringView(&c, 1)) : c.isLetterOrNumber();
        });
        if (!harmless || text.startsWith(u'-')) {
            refuseValue(e, Tr::tr("%1 gives this word to another interpreter, and \"%2\" is not plain").arg(program, text),
                Tr::tr("Letters, digits and _ . / : @ % + - are possible here. Outside such a word every value is."));
        }
    }

    void placeValue(const Element& e)
    {
        if (!mayStand(e))
            return;
        const QString& text = e.value->value->text;
        const bool afterParameter = std::exchange(m_afterParameter, false);
        const bool doubleQuoted = m_modes.back() == Mode::DoubleQuoted;
        // Digits before < or > would name a file descriptor, and within {…} bash makes several words of one.
        const bool plain = isPlainShellText(text) && !afterParameter
            && (doubleQuoted || (!word().brace && !nextIs(u'<') && !nextIs(u'>')));
        addValueToWord(e);
        if (plain)
            m_out += text;
        else if (!doubleQuoted)
            m_out += u'\'' + inSingleQuotes(text) + u'\'';
        else if (afterParameter)
            m_out += u"\"'"_s + inSingleQuotes(text) + u"'\""_s;
        else
            m_out += inDoubleQuotes(text);
    }

    void finish()
    {
        const Element end = m_elements.empty() ? Element{} : m_elements.back();
        if (m_modes.back() == Mode::DoubleQuoted)
            return refuse(end, Tr::tr("A double quote is never closed."));
        if (m_lists.size() > 1)
            return refuse(end, Tr::tr("A parenthesis is never closed."));
        endCommand(end);
        if (!m_anything)
            refuse(end, Tr::tr("The template is empty."));
    }

    std::vector<Element> m_elements;
    size_t m_at = 0;
    QString m_out;
    std::vector<CommandList> m_lists;
    std::vector<Mode> m_modes{Mode::Bare};
    std::optional<Error> m_error;
    bool m_afterParameter = false; // the value that comes next follows an unbraced $NAME
    bool m_anything = false;
};

} // namespace

Expected<QByteArray> placeInShell(const std::vector<ShellPiece>& pieces) { return Placer(pieces).place(); }

} // namespace elephaas
