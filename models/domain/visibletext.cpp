#include "models/domain/visibletext.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

bool isInvisible(char32_t c)
{
    // Soft hyphen, zero-width and direction marks, line and paragraph separators, embeddings, isolates, word joiner, byte order mark,
    // interlinear annotations, and tags: what can make a line read differently from what it is.
    return c == 0xAD || c == 0x61C || c == 0x180E || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E)
        || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

void append(QString& to, char32_t c)
{
    if (c == U'\n' || c == U'\t')
        to += QChar(static_cast<char16_t>(c));
    else if (c < 0x20)
        to += QChar(static_cast<char16_t>(0x2400 + c)); // Unicode block "Control Pictures"
    else if (c == 0x7F)
        to += QChar(u'\u2421');
    else if ((c >= 0x80 && c < 0xA0) || isInvisible(c) || (c >= 0xD800 && c < 0xE000))
        to += u"\\u{%1}"_s.arg(QString::number(static_cast<uint>(c), 16).toUpper().rightJustified(4, u'0'));
    else
        to += QString::fromUcs4(&c, 1);
}

// Bytes of the UTF-8 sequence that starts at `at`, 0 when there is none (RFC 3629: no overlong forms, no surrogates).
int sequenceLength(QByteArrayView bytes, qsizetype at, char32_t& code)
{
    const auto byte = [&](qsizetype i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char first = byte(at);
    if (first < 0x80) {
        code = first;
        return 1;
    }
    const int length = first >= 0xF0 && first <= 0xF4 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (length == 0 || first > 0xF4 || at + length > bytes.size())
        return 0;
    code = first & (0xFFU >> (length + 1));
    for (int i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0U) != 0x80)
            return 0;
        code = (code << 6U) | (byte(at + i) & 0x3FU);
    }
    const char32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    return code >= least && code <= 0x10FFFF && (code < 0xD800 || code >= 0xE000) ? length : 0;
}

} // namespace

QString visibleText(QByteArrayView bytes)
{
    QString text;
    text.reserve(bytes.size());
    for (qsizetype i = 0; i < bytes.size();) {
        if (bytes[i] == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') {
            ++i;
            continue;
        }
        char32_t code = 0;
        const int length = sequenceLength(bytes, i, code);
        if (length == 0)
            text += u"\\x%1"_s.arg(
                QString::number(static_cast<unsigned char>(bytes[i]), 16).toUpper().rightJustified(2, u'0'));
        else
            append(text, code);
        i += length == 0 ? 1 : length;
    }
    return text;
}

QString visibleText(QStringView text)
{
    QString visible;
    visible.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] == u'\r' && i + 1 < text.size() && text[i + 1] == u'\n')
            continue;
        if (text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
            append(visible, QChar::surrogateToUcs4(text[i], text[i + 1]));
            ++i;
        } else {
            append(visible, text[i].unicode());
        }
    }
    return visible;
}

QString visibleLine(const QString& text)
{
    const bool isPlain = std::all_of(text.begin(), text.end(), [](QChar c) {
        // Below the Arabic letter mark only the control characters of ASCII and Latin-1 and the soft hyphen are invisible.
        const char16_t code = c.unicode();
        return code < 0x61C && code >= 0x20 && (code < 0x7F || code >= 0xA0) && code != 0xAD;
    });
    if (isPlain)
        return text;
    QString line = visibleText(QStringView(text));
    line.replace(u'\n', QChar(u'\u240A'));
    line.replace(u'\t', QChar(u'\u2409'));
    return line;
}

} // namespace elephaas
