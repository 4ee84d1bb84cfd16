#include "models/postgres/answertext.h"

namespace elephaas {

std::pair<QByteArray, QByteArray> firstWord(QByteArrayView line)
{
    const qsizetype blank = line.indexOf(' ');
    return blank < 0 ? std::pair(line.toByteArray(), QByteArray())
                     : std::pair(line.first(blank).toByteArray(), line.sliced(blank + 1).toByteArray());
}

QByteArray writtenBytes(const QByteArray& written)
{
    if (written.startsWith('='))
        return written.sliced(1);
    return written.startsWith('%') ? QByteArray::fromPercentEncoding(written.sliced(1)) : QByteArray::fromHex(written);
}

QString writtenText(const QByteArray& written)
{
    const QByteArray bytes = writtenBytes(written);
    return QByteArrayView(bytes).isValidUtf8() ? QString::fromUtf8(bytes) : QString::fromLatin1(bytes);
}

} // namespace elephaas
