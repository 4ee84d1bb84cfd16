#include "app/teamdnsdirectory.h"

#include <QCoreApplication>

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::TeamDnsDirectory)
};

} // namespace

void TeamDnsDirectory::use(std::shared_ptr<DnsDirectory> directory, std::optional<Error> noKey)
{
    const std::scoped_lock lock(m_mutex);
    m_directory = std::move(directory);
    m_noKey = std::move(noKey);
}

bool TeamDnsDirectory::isSetUp() const
{
    const std::scoped_lock lock(m_mutex);
    return m_directory != nullptr;
}

Expected<std::shared_ptr<DnsDirectory>> TeamDnsDirectory::current(bool toChange) const
{
    const std::scoped_lock lock(m_mutex);
    if (!m_directory)
        return fail({.kind = ErrorKind::Unsupported, .what = Words::tr("How names in the DNS are changed is not set up."), .remedy = Words::tr("Set it up in the preferences.")});
    if (toChange && m_noKey)
        return fail({.kind = ErrorKind::PermissionDenied, .what = Words::tr("This computer does not have the secret of the key that changes of the DNS are signed with."),
            .detail = m_noKey->text(), .remedy = Words::tr("Give it in the preferences, on the page DNS.")});
    return m_directory;
}

Expected<DnsReading> TeamDnsDirectory::read(const QString& name, std::stop_token stop)
{
    const auto directory = current(false);
    return directory ? (*directory)->read(name, std::move(stop)) : fail(directory.error());
}

Expected<void> TeamDnsDirectory::rehearse(const DnsChange& change, std::stop_token stop)
{
    const auto directory = current(true);
    return directory ? (*directory)->rehearse(change, std::move(stop)) : fail(directory.error());
}

Expected<void> TeamDnsDirectory::replace(const DnsChange& change, std::stop_token stop)
{
    const auto directory = current(true);
    return directory ? (*directory)->replace(change, std::move(stop)) : fail(directory.error());
}

} // namespace elephaas
