#pragma once

#include "models/domain/error.h"
#include "models/services/mailbox.h"

#include <QByteArray>

#include <functional>
#include <thread>

namespace elephaas {

// Writes one file beside the GUI thread: a whole new file or nothing. The owner is told in the GUI thread.
class FileWriter final {
    Q_DISABLE_COPY_MOVE(FileWriter)

public:
    using Done = std::function<void(const QString& path, const Expected<void>& result)>;
    explicit FileWriter(Done done);
    ~FileWriter();

    // Waits for an earlier write of the same writer to end.
    void write(const QString& path, const QByteArray& content);

private:
    struct Result {
        QString path;
        Expected<void> written;
    };
    Mailbox<Result> m_results;
    std::jthread m_thread; // last: ends before the mailbox
};

} // namespace elephaas
