#include "models/services/operationboard.h"

namespace elephaas {

void OperationBoard::add(const OperationRecord& operation)
{
    const std::lock_guard lock(m_mutex);
    Operation& added = m_operations[operation.id];
    added.news.operation = operation.id;
    for (const StepRecord& step : operation.steps)
        added.steps.push_back({step});
}

void OperationBoard::remove(const QUuid& operation)
{
    const std::lock_guard lock(m_mutex);
    m_operations.erase(operation);
}

bool OperationBoard::take(const QUuid& operation, const OperationEvent& event)
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_operations.find(operation);
    if (it == m_operations.end())
        return false;
    apply(it->second, event);
    return !std::exchange(it->second.told, true);
}

void OperationBoard::apply(Operation& operation, const OperationEvent& event)
{
    struct Visitor {
        Operation& to;

        Step& changed(int step) const
        {
            to.changed.insert(step);
            return to.steps.at(static_cast<size_t>(step));
        }
        void operator()(const OperationStarted& started) const { to.news.began = started.record.started; }
        void operator()(const StepStarted& started) const
        {
            StepRecord& record = changed(started.step).record;
            record.state = StepState::Running;
            record.started = started.at;
        }
        void operator()(const StepProgress& progress) const { changed(progress.step).record.message = progress.message; }
        void operator()(const StepCommand& sent) const
        {
            QString& command = changed(sent.step).record.command;
            if (!command.isEmpty())
                command += u'\n';
            command += QString::fromUtf8(sent.command);
        }
        void operator()(const StepOutput& output) const { changed(output.step).output.append(output.bytes); }
        void operator()(const WritesStopped& stopped) const { changed(stopped.step).record.writesStopped = stopped.since; }
        void operator()(const StepObserved& observed) const
        {
            if (observed.observation->instance.isValid())
                to.news.seen[observed.observation->instance] = observed.observation;
        }
        void operator()(const StepFinished& finished) const
        {
            Step& step = changed(finished.record.number);
            step.record = finished.record;
            step.output = CappedBuffer();
            step.output.append(finished.record.output);
        }
        void operator()(const JournalFailed& failed) const { to.news.journalError = failed.error; }
        void operator()(const OperationFinished& finished) const { to.news.finished = finished; }
    };
    std::visit(Visitor{operation}, event);
}

std::optional<OperationBoard::News> OperationBoard::fetch(const QUuid& operation)
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_operations.find(operation);
    if (it == m_operations.end())
        return {};
    Operation& from = it->second;
    from.told = false;
    News news = std::exchange(from.news, News{.operation = operation});
    for (const int id : std::exchange(from.changed, {})) {
        const Step& step = from.steps.at(static_cast<size_t>(id));
        news.steps.push_back(step.record);
        // The runner's own record has the same bytes, capped the same way.
        if (step.record.state == StepState::Running)
            news.steps.back().output = step.output.toBytes();
    }
    if (news.finished)
        m_operations.erase(it);
    return news;
}

} // namespace elephaas
