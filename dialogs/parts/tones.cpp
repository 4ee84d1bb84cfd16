#include "dialogs/parts/tones.h"

namespace elephaas {

namespace {

QColor mix(const QColor& a, const QColor& b, double part)
{
    const auto channel = [part](int x, int y) { return static_cast<int>(x + (y - x) * part); };
    return {channel(a.red(), b.red()), channel(a.green(), b.green()), channel(a.blue(), b.blue())};
}

} // namespace

bool isDark(const QPalette& palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

QColor toneColor(Tone tone, const QPalette& palette)
{
    const bool dark = isDark(palette);
    switch (tone) {
    case Tone::Neutral:
        return mutedText(palette);
    case Tone::Good:
        return dark ? QColor(0x5f, 0xc9, 0x7e) : QColor(0x1a, 0x7f, 0x37);
    case Tone::Attention:
        return dark ? QColor(0xe3, 0xb3, 0x41) : QColor(0x8a, 0x5a, 0x00);
    case Tone::Bad:
        return dark ? QColor(0xff, 0x8a, 0x80) : QColor(0xb3, 0x1d, 0x28);
    case Tone::Active:
        return dark ? QColor(0x79, 0xb8, 0xff) : QColor(0x05, 0x50, 0xae);
    }
    Q_UNREACHABLE();
}

QColor toneBackground(Tone tone, const QPalette& palette)
{
    return mix(palette.color(QPalette::Window), toneColor(tone, palette), isDark(palette) ? 0.16 : 0.10);
}

QColor mutedText(const QPalette& palette)
{
    return mix(palette.color(QPalette::WindowText), palette.color(QPalette::Window), isDark(palette) ? 0.30 : 0.36);
}

} // namespace elephaas
