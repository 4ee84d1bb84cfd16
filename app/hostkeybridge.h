#pragma once

#include "models/ports/remoteshell.h"
#include "models/services/mailbox.h"

#include <QObject>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <tuple>

namespace elephaas {

// Carries questions about unknown host keys from the SSH workers to a person and the answers back.
// Workers wait; the GUI never does. Made and destroyed in the GUI thread, after every worker that may ask has ended.
class HostKeyBridge final : public QObject, public HostKeyAsker {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(HostKeyBridge)

public:
    HostKeyBridge();
    ~HostKeyBridge() override;

    // A key that a person refused is refused without asking, until askAgain(): looking at the servers on a timer must not ask for ever.
    bool accept(const HostKeyQuestion& question, std::stop_token stop) override;

    // The person wants to have the hosts looked at: what was refused may be asked once more. Any thread.
    void askAgain();

    class Pending;
    using PendingPtr = std::shared_ptr<Pending>;

    // One question under way; answer it once, from the GUI thread.
    class Pending final {
    public:
        explicit Pending(HostKeyQuestion question)
            : m_question(std::move(question))
        {
        }
        const HostKeyQuestion& question() const { return m_question; }
        void answer(bool accepted);
        // The asker stopped waiting: nobody needs an answer any more.
        bool isAbandoned() const;

    private:
        friend class HostKeyBridge;
        const HostKeyQuestion m_question;
        mutable std::mutex m_mutex;
        std::condition_variable_any m_changed;
        std::optional<bool> m_answer;
        bool m_abandoned = false;
    };

Q_SIGNALS:
    void asked(const elephaas::HostKeyBridge::PendingPtr& pending);

private:
    using Subject = std::tuple<QString, QString, QString>; // host, key type, fingerprint

    std::mutex m_mutex;
    std::set<Subject> m_refused;
    Mailbox<PendingPtr> m_questions;
};

} // namespace elephaas
