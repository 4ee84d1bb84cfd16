#include "models/items/rowfilter.h"

#include "models/items/itemtablemodel.h"

#include <algorithm>
#include <cstring>

namespace elephaas {

namespace {

std::vector<QByteArray> foldedWords(const QString& text)
{
    std::vector<QByteArray> words;
    for (const QString& word : text.simplified().split(u' ', Qt::SkipEmptyParts))
        words.push_back(foldText(word));
    // Long words are rare in rows: they decide soonest.
    std::stable_sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    return words;
}

bool contains(const QByteArray& text, const QByteArray& word)
{
    const auto size = static_cast<size_t>(word.size());
    const char* at = text.constData();
    const char* const end = at + text.size() - word.size() + 1;
    const char first = word.front();
    while (at < end) {
        at = static_cast<const char*>(std::memchr(at, first, static_cast<size_t>(end - at)));
        if (!at)
            return false;
        if (std::memcmp(at, word.constData(), size) == 0)
            return true;
        ++at;
    }
    return false;
}

template <class T>
bool sameOrUnset(const T& now, const T& earlier)
{
    return earlier == T() || earlier == now;
}

template <class T>
bool atLeast(const std::optional<T>& now, const std::optional<T>& earlier)
{
    return !earlier || (now && *now >= *earlier);
}

bool structureNarrows(const InstanceFilter& now, const InstanceFilter& earlier)
{
    return sameOrUnset(now.environment, earlier.environment) && sameOrUnset(now.withoutEnvironment, earlier.withoutEnvironment)
        && sameOrUnset(now.herd, earlier.herd) && sameOrUnset(now.server, earlier.server) && sameOrUnset(now.port, earlier.port) && sameOrUnset(now.role, earlier.role)
        && sameOrUnset(now.liveness, earlier.liveness) && sameOrUnset(now.versionMajor, earlier.versionMajor)
        && sameOrUnset(now.problemsOnly, earlier.problemsOnly) && sameOrUnset(now.laggingOnly, earlier.laggingOnly)
        && sameOrUnset(now.primariesOnly, earlier.primariesOnly) && sameOrUnset(now.replicasOnly, earlier.replicasOnly)
        && atLeast(now.olderThan, earlier.olderThan) && atLeast(now.lagAboveMb, earlier.lagAboveMb);
}

} // namespace

QByteArray foldText(QStringView text)
{
    const bool ascii = std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() < 0x80; });
    if (ascii) {
        QByteArray out(text.size(), Qt::Uninitialized);
        std::transform(text.begin(), text.end(), out.begin(), [](QChar c) {
            const char16_t u = c.unicode();
            return static_cast<char>(u >= u'A' && u <= u'Z' ? u + 32 : u);
        });
        return out;
    }
    return text.toString().normalized(QString::NormalizationForm_KC).toCaseFolded().toUtf8();
}

FilterMatcher::FilterMatcher(InstanceFilter filter)
    : m_filter(std::move(filter))
    , m_words(foldedWords(m_filter.text))
{
    InstanceFilter textOnly;
    textOnly.text = m_filter.text;
    m_structured = m_filter != textOnly;
}

bool FilterMatcher::matches(const ItemTableModel& model, int row) const
{
    if (m_structured && !model.passes(row, m_filter))
        return false;
    if (m_words.empty())
        return true;
    const QByteArray& text = model.foldedText(row);
    return std::all_of(m_words.begin(), m_words.end(), [&](const QByteArray& word) { return contains(text, word); });
}

bool FilterMatcher::narrows(const RowMatcher& earlier) const
{
    const auto* other = dynamic_cast<const FilterMatcher*>(&earlier);
    if (!other || !structureNarrows(m_filter, other->m_filter))
        return false;
    return std::all_of(other->m_words.begin(), other->m_words.end(), [&](const QByteArray& word) {
        return std::any_of(m_words.begin(), m_words.end(), [&](const QByteArray& mine) { return mine.contains(word); });
    });
}

} // namespace elephaas
