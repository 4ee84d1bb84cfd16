#include "models/postgres/reparsingprograms.h"

#include <algorithm>
#include <array>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

bool isOneOf(const QString& word, std::initializer_list<QLatin1StringView> names)
{
    return std::any_of(names.begin(), names.end(), [&](QLatin1StringView name) { return word == name; });
}

// A group of short options with this letter in it: -c, -xc.
bool hasShortOption(const QString& word, QChar letter)
{
    return word.size() >= 2 && word[0] == u'-' && word[1] != u'-' && word.contains(letter);
}

// sh -c CODE ARGUMENT…: the first word after the options is code, the rest are not.
bool isShellCode(const QStringList& words, const QString& current)
{
    bool expectsCode = false;
    for (const QString& word : words) {
        if (hasShortOption(word, u'c'))
            expectsCode = true;
        else if (expectsCode && !word.startsWith(u'-') && !word.startsWith(u'+'))
            return false;
    }
    return expectsCode && !hasShortOption(current, u'c');
}

struct CodeOption {
    QLatin1StringView program;
    char16_t letter;
    std::array<QLatin1StringView, 2> longNames;
};

constexpr std::array<CodeOption, 11> codeOptions{{
    {"su"_L1, u'c', {"--command"_L1, "--session-command"_L1}},
    {"runuser"_L1, u'c', {"--command"_L1, "--session-command"_L1}},
    {"psql"_L1, u'c', {"--command"_L1}},
    {"pg_ctl"_L1, u'o', {"--options"_L1}},
    {"pg_ctlcluster"_L1, u'o', {"--options"_L1}},
    {"flock"_L1, u'c', {"--command"_L1}},
    {"script"_L1, u'c', {"--command"_L1}},
    {"python3"_L1, u'c', {}},
    {"python"_L1, u'c', {}},
    {"perl"_L1, u'e', {}},
    {"ruby"_L1, u'e', {}},
}};

bool isCodeOption(const CodeOption& option, const QString& word, bool glued)
{
    const bool isShort = word.size() >= 2 && word[0] == u'-' && word[1] != u'-';
    if (isShort && (glued ? word[1] == option.letter : word.size() <= 4 && word.endsWith(option.letter)))
        return true;
    return std::any_of(option.longNames.begin(), option.longNames.end(), [&](QLatin1StringView name) {
        return !name.isEmpty() && (glued ? word.startsWith(name) : word == name);
    });
}

bool isReparsed(const QString& program, const QStringList& rest, const QString& current)
{
    if (isOneOf(program, {"eval"_L1, "ssh"_L1, "rsh"_L1, "watch"_L1, "trap"_L1, "alias"_L1, "awk"_L1, "gawk"_L1, "mawk"_L1, "sed"_L1}))
        return true;
    if (isOneOf(program, {"sh"_L1, "bash"_L1, "dash"_L1, "ash"_L1, "ksh"_L1, "mksh"_L1, "zsh"_L1}))
        return isShellCode(rest, current);
    return std::any_of(codeOptions.begin(), codeOptions.end(), [&](const CodeOption& option) {
        return program == option.program
            && (isCodeOption(option, current, true) || (!rest.isEmpty() && isCodeOption(option, rest.last(), false)));
    });
}

} // namespace

QString reparsingProgram(const QStringList& words, const QString& current)
{
    for (qsizetype i = 0; i < words.size(); ++i) {
        const QString program = words[i].sliced(words[i].lastIndexOf(u'/') + 1);
        if (isReparsed(program, words.sliced(i + 1), current))
            return program;
    }
    return {};
}

QString doubleQuotingProgram(const QStringList& words)
{
    for (const QString& word : words) {
        if (word.sliced(word.lastIndexOf(u'/') + 1) == "pg_ctl"_L1)
            return word;
    }
    return {};
}

} // namespace elephaas
