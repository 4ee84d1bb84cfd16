#include "views/theme.h"

#include "views/icons.h"

#include <QApplication>
#include <QProxyStyle>
#include <QStyleOption>
#include <QToolTip>

#include <array>
#include <cmath>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

ColorScheme s_scheme = ColorScheme::Light;
SemanticColors s_semantic = semanticColorsFor(ColorScheme::Light);

// Fusion with the program's own symbols in every line edit and menu bar: Qt's are pictures in one colour, decoded at every start.
class Style final : public QProxyStyle {
public:
    Style()
        : QProxyStyle(u"Fusion"_s)
    {
    }
    QIcon standardIcon(StandardPixmap icon, const QStyleOption* option, const QWidget* widget) const override
    {
        if (icon == SP_LineEditClearButton)
            return symbolIcon(u"close"_s);
        if (icon == SP_ToolBarHorizontalExtensionButton)
            return symbolIcon(u"more"_s);
        return QProxyStyle::standardIcon(icon, option, widget);
    }
    // Fusion's frame of a box that is not checked, or of a line edit, is a darker window: on a dark one, nothing to be seen.
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override
    {
        if (element != PE_IndicatorCheckBox && element != PE_IndicatorRadioButton && element != PE_FrameLineEdit)
            return QProxyStyle::drawPrimitive(element, option, painter, widget);
        // Its outermost line is mixed with what is around it.
        const bool isDark = option->palette.color(QPalette::Window).lightness() < 128;
        const QColor line = isDark ? QColor(0x8a, 0x93, 0x9e) : QColor(0x6c, 0x75, 0x80);
        const auto draw = [&](QStyleOption&& framed) {
            framed.palette.setColor(QPalette::Window, line.lighter(140)); // Fusion makes it darker again
            QProxyStyle::drawPrimitive(element, &framed, painter, widget);
        };
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option))
            return draw(QStyleOptionButton(*button));
        if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option))
            return draw(QStyleOptionFrame(*frame));
        QStyleOption plain(*option);
        plain.type = QStyleOption::SO_Default; // an item's: its other members are not copied
        draw(std::move(plain));
    }
};

QColor rgb(unsigned value) { return QColor::fromRgb(QRgb(value)); }

struct Shades {
    unsigned window, base, alternate, button, text, muted, disabled, highlight, highlightedText, link, light, midlight, mid, dark, shadow,
        tip, tipText;
};

constexpr Shades lightShades{.window = 0xf1f3f5, .base = 0xffffff, .alternate = 0xf7f9fa, .button = 0xfafbfc, .text = 0x1a1e24,
    .muted = 0x535c67, .disabled = 0x8e96a0, .highlight = 0x1f5fae, .highlightedText = 0xffffff, .link = 0x1a58a8, .light = 0xffffff,
    .midlight = 0xeef0f2, .mid = 0xc3c9d0, .dark = 0x9aa2ac, .shadow = 0x5c6670, .tip = 0x2a3038, .tipText = 0xf4f6f8};

constexpr Shades darkShades{.window = 0x1d2126, .base = 0x15181c, .alternate = 0x191d21, .button = 0x2a2f36, .text = 0xe3e7ec,
    .muted = 0xa6afba, .disabled = 0x6d7681, .highlight = 0x2f6fc4, .highlightedText = 0xffffff, .link = 0x79b1f5, .light = 0x3a414a,
    .midlight = 0x2c3239, .mid = 0x3b424b, .dark = 0x0e1013, .shadow = 0x08090b, .tip = 0x363d46, .tipText = 0xf0f3f6};

const Shades& shadesOf(ColorScheme scheme) { return scheme == ColorScheme::Light ? lightShades : darkShades; }

double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(const QColor& color)
{
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

// Stable over runs and Qt versions, which qHash is not.
unsigned stableHash(const QString& text)
{
    unsigned hash = 2166136261U;
    for (const char16_t c : text.toCaseFolded().toStdU16String())
        hash = (hash ^ c) * 16777619U;
    return hash;
}

int hueOf(const QString& name)
{
    // The usual names keep their usual colours; the others share the hues that mean no state.
    const QString folded = name.toCaseFolded();
    if (folded.startsWith("prod"_L1))
        return 338;
    if (folded.startsWith("stag"_L1) || folded.startsWith("pre"_L1))
        return 34;
    if (folded.startsWith("dev"_L1))
        return 172;
    if (folded.startsWith("test"_L1) || folded.startsWith("qa"_L1))
        return 262;
    constexpr std::array hues{200, 224, 248, 286, 310, 60, 88, 150};
    return hues[stableHash(name) % hues.size()];
}

// Moves `color` away from `background` until it can be read on it.
QColor readable(QColor color, const QColor& background, double ratio)
{
    const bool darker = luminance(background) > 0.3;
    for (int i = 0; i < 40 && contrastRatio(color, background) < ratio; ++i)
        color = darker ? color.darker(106) : color.lighter(106);
    return color;
}

} // namespace

double contrastRatio(const QColor& a, const QColor& b)
{
    const double one = luminance(a) + 0.05;
    const double other = luminance(b) + 0.05;
    return one > other ? one / other : other / one;
}

SemanticColors semanticColorsFor(ColorScheme scheme)
{
    if (scheme == ColorScheme::Light) {
        return {.online = rgb(0x146c2e),
            .offline = rgb(0xb3200f),
            .unreachable = rgb(0x7435a8),
            .unknown = rgb(0x535c67),
            .warning = rgb(0x855100),
            .running = rgb(0x1a58a8),
            .muted = rgb(0x535c67),
            .accent = rgb(0x1f6fd0),
            .line = rgb(0xd9dde2),
            .errorBackground = rgb(0xfde8e5),
            .warningBackground = rgb(0xfff3d6),
            .infoBackground = rgb(0xe3eefc)};
    }
    return {.online = rgb(0x62cf85),
        .offline = rgb(0xff8f80),
        .unreachable = rgb(0xcda4f5),
        .unknown = rgb(0xa6afba),
        .warning = rgb(0xe8b64c),
        .running = rgb(0x79b1f5),
        .muted = rgb(0xa6afba),
        .accent = rgb(0x5a9df0),
        .line = rgb(0x2f353d),
        .errorBackground = rgb(0x472220),
        .warningBackground = rgb(0x40321a),
        .infoBackground = rgb(0x1e3350)};
}

QPalette paletteFor(ColorScheme scheme)
{
    const Shades& s = shadesOf(scheme);
    QPalette palette;
    const auto set = [&palette](QPalette::ColorRole role, unsigned value) { palette.setColor(role, rgb(value)); };
    set(QPalette::Window, s.window);
    set(QPalette::WindowText, s.text);
    set(QPalette::Base, s.base);
    set(QPalette::AlternateBase, s.alternate);
    set(QPalette::Text, s.text);
    set(QPalette::PlaceholderText, s.muted);
    set(QPalette::Button, s.button);
    set(QPalette::ButtonText, s.text);
    set(QPalette::BrightText, 0xffffff);
    set(QPalette::Highlight, s.highlight);
    set(QPalette::HighlightedText, s.highlightedText);
    set(QPalette::Link, s.link);
    set(QPalette::LinkVisited, s.link);
    set(QPalette::ToolTipBase, s.tip);
    set(QPalette::ToolTipText, s.tipText);
    set(QPalette::Light, s.light);
    set(QPalette::Midlight, s.midlight);
    set(QPalette::Mid, s.mid);
    set(QPalette::Dark, s.dark);
    set(QPalette::Shadow, s.shadow);
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, rgb(s.disabled));
    palette.setColor(QPalette::Disabled, QPalette::Highlight, rgb(s.mid));
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, rgb(s.disabled));
    return palette;
}

QPalette itemViewPaletteFor(ColorScheme scheme)
{
    QPalette palette = paletteFor(scheme);
    const bool light = scheme == ColorScheme::Light;
    palette.setColor(QPalette::Highlight, light ? rgb(0xd6e6fa) : rgb(0x233a58));
    palette.setColor(QPalette::Inactive, QPalette::Highlight, light ? rgb(0xe3e8ee) : rgb(0x272e37));
    palette.setColor(QPalette::HighlightedText, rgb(shadesOf(scheme).text));
    return palette;
}

void applyColorScheme(ColorScheme scheme)
{
    s_scheme = scheme;
    s_semantic = semanticColorsFor(scheme);
    if (!dynamic_cast<Style*>(QApplication::style()))
        QApplication::setStyle(new Style); // the application's
    const QPalette palette = paletteFor(scheme);
    QApplication::setPalette(palette);
    QApplication::setPalette(itemViewPaletteFor(scheme), "QAbstractItemView");
    QToolTip::setPalette(palette);
}

ColorScheme currentColorScheme() { return s_scheme; }

const SemanticColors& semanticColors() { return s_semantic; }

BadgeColors environmentColors(const QString& name, bool isProtected, ColorScheme scheme)
{
    const int hue = hueOf(name);
    const bool light = scheme == ColorScheme::Light;
    if (isProtected) {
        const QColor background = readable(QColor::fromHsl(hue, 190, light ? 82 : 88), rgb(0xffffff), 5.0);
        return {.background = background, .text = rgb(0xffffff), .border = background};
    }
    const QColor background = QColor::fromHsl(hue, light ? 130 : 90, light ? 232 : 46);
    const QColor text = readable(QColor::fromHsl(hue, 160, light ? 78 : 180), background, 5.0);
    return {.background = background, .text = text, .border = QColor::fromHsl(hue, light ? 90 : 80, light ? 170 : 100)};
}

QColor livenessColor(Liveness liveness)
{
    switch (liveness) {
    case Liveness::Unknown:
        return s_semantic.unknown;
    case Liveness::Online:
        return s_semantic.online;
    case Liveness::Offline:
        return s_semantic.offline;
    case Liveness::Unreachable:
        return s_semantic.unreachable;
    }
    Q_UNREACHABLE();
}

} // namespace elephaas
