#pragma once

#include "models/domain/error.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <map>
#include <optional>
#include <vector>

namespace elephaas::ssh {

struct HostRequest;

// The words of an ssh_config line: double and single quotes, backslashes, a comment at its end. Nothing: a quote is not closed.
std::optional<QStringList> splitWords(const QString& text);
// "*" and "?" as in the patterns of ssh_config and known_hosts; nothing else is special.
bool matchesPattern(QStringView text, QStringView pattern);
QStringList defaultIdentityFiles();
// The home directory of the account, which is what OpenSSH takes: not $HOME.
QString accountHome();

// The ssh_config files of a user, read once. It evaluates what is simple and certain, and says so when it is not.
class ConfigFile {
public:
    // `path` empty: ~/.ssh/config and /etc/ssh/ssh_config. A file that was named must exist.
    static ConfigFile read(const QString& path);

    const std::optional<Error>& error() const { return m_error; }
    // Changes when one of the files does.
    const QByteArray& stamp() const { return m_stamp; }
    // First value wins, as ssh_config(5) has it. Nothing: only `ssh -G` knows (Match, canonical host names, unknown keywords, …).
    std::optional<std::map<QString, QStringList>> evaluate(const HostRequest& request) const;

private:
    struct Line {
        QString keyword; // lower case; "host" opens a block
        QStringList words;
        int depth = 0; // of Include: a block ends with its file
    };
    void readFile(const QString& path, const QString& includeBase, bool checkOwner, int depth);
    void readLine(const QString& text, const QString& includeBase, bool checkOwner, int depth);

    std::vector<Line> m_lines;
    bool m_certain = true;
    QByteArray m_stamp;
    std::optional<Error> m_error;
};

} // namespace elephaas::ssh
