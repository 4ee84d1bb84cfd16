#pragma once

#include <QRandomGenerator>
#include <QString>

namespace elephaas::test {

// Text that somebody with bad intentions, or bad luck, could put into an inventory. Repeatable for one seed.
class HostileText final {
public:
    explicit HostileText(quint32 seed)
        : m_random(seed)
    {
    }

    QRandomGenerator& random() { return m_random; }
    int below(int limit) { return static_cast<int>(m_random.bounded(limit)); }

    QString next()
    {
        QString text;
        for (int parts = below(6); parts >= 0; --parts)
            text += part();
        return text;
    }

private:
    QString part()
    {
        using namespace Qt::Literals::StringLiterals;
        static const QString known[] = {u"'"_s, u"\""_s, u"`"_s, u"\\"_s, u"$"_s, u"$("_s, u")"_s, u"${"_s, u"}"_s, u"{"_s, u"$(echo PWNED)"_s,
            u"`echo PWNED`"_s, u"'; echo PWNED; '"_s, u"\"; echo PWNED; \""_s, u"\n"_s, u"\necho PWNED\n"_s, u"\r\n"_s, u"\t"_s, u" "_s,
            u"-"_s, u"--"_s, u"-D"_s, u"-n"_s, u"-e"_s, u"*"_s, u"?"_s, u"[a-z]"_s, u"~"_s, u"~root"_s, u"#"_s, u"!"_s, u"!!"_s, u"&"_s,
            u"&&"_s, u"|"_s, u";"_s, u"<"_s, u">"_s, u">>"_s, u"<<EOF"_s, u"2>&1"_s, u"="_s, u"A=b"_s, u"\\\n"_s, u"\\'"_s, u"\\\""_s, u"'\\''"_s,
            u"\"'\"'\""_s, u"$IFS"_s, u"$$"_s, u"$1"_s, u"$@"_s, u"${HOME}"_s, u"$((1+1))"_s, u"%s"_s, u"%n"_s, u"{a,b}"_s, u"{1..3}"_s, u"\x01"_s,
            u"\x7f"_s, u"\x1b[31m"_s, u"ä"_s, u"Ωμέγα"_s, u"日本"_s, u"\U0001F418"_s, u"\u202e"_s, u"\u00a0"_s, u"e\u0301"_s, u"if"_s, u"done"_s,
            u"}"_s, u"{pgdata}"_s, u"{COMMANDS[base]}"_s, u"main"_s, u"/var/lib/postgresql"_s, u"5"_s, u"db1.example.com"_s, u""_s};
        if (below(4) != 0)
            return known[below(static_cast<int>(std::size(known)))];
        QString text;
        for (int length = below(8); length >= 0; --length)
            text += QChar(static_cast<char16_t>(below(10) == 0 ? 0xA0 + below(0x2000) : 1 + below(0x7e)));
        return text;
    }

    QRandomGenerator m_random;
};

// From the environment variable ELEPHAAS_SEED when a failure is to be repeated.
inline quint32 seed()
{
    bool given = false;
    const auto value = static_cast<quint32>(qEnvironmentVariableIntValue("ELEPHAAS_SEED", &given));
    const quint32 used = given ? value : QRandomGenerator::global()->generate() & 0x7fffffffU;
    qInfo("ELEPHAAS_SEED=%u", used);
    return used;
}

} // namespace elephaas::test
