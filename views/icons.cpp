#include "views/icons.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmapCache>
#include <QSvgRenderer>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

class SymbolEngine final : public QIconEngine {
public:
    SymbolEngine(QString name, QColor (*color)())
        : m_name(std::move(name))
        , m_color(color)
    {
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override
    {
        const qreal ratio = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
        QPixmap pixmap = render(rect.size() * ratio, mode, state);
        painter->drawPixmap(rect, pixmap);
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override { return render(size, mode, state); }

    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal /*scale*/) override
    {
        return render(size, mode, state);
    }

    QIconEngine* clone() const override { return new SymbolEngine(m_name, m_color); }
    QString key() const override { return u"elephaas-symbol"_s; }
    QString iconName() override { return m_name; }
    bool isNull() override { return false; }

private:
    QColor colorFor(QIcon::Mode mode) const
    {
        const QPalette palette = QGuiApplication::palette();
        switch (mode) {
        case QIcon::Disabled:
            return palette.color(QPalette::Disabled, QPalette::ButtonText);
        case QIcon::Selected:
            return palette.color(QPalette::HighlightedText);
        case QIcon::Normal:
        case QIcon::Active:
            break;
        }
        return m_color ? m_color() : palette.color(QPalette::ButtonText);
    }

    QPixmap render(const QSize& size, QIcon::Mode mode, QIcon::State /*state*/) const
    {
        const QColor color = colorFor(mode);
        const QString cacheKey = "elephaas/"_L1 + m_name + u'/' + QString::number(size.width()) + u'x' + QString::number(size.height())
            + color.name(QColor::HexArgb);
        QPixmap pixmap;
        if (QPixmapCache::find(cacheKey, &pixmap))
            return pixmap;
        QFile file(":/icons/"_L1 + m_name + ".svg"_L1);
        pixmap = QPixmap(size);
        pixmap.fill(Qt::transparent);
        if (file.open(QIODevice::ReadOnly)) {
            QSvgRenderer renderer(file.readAll().replace("currentColor", color.name().toLatin1()));
            renderer.setAspectRatioMode(Qt::KeepAspectRatio);
            QPainter painter(&pixmap);
            renderer.render(&painter);
        }
        QPixmapCache::insert(cacheKey, pixmap);
        return pixmap;
    }

    QString m_name;
    QColor (*m_color)();
};

} // namespace

QIcon symbolIcon(const QString& name) { return QIcon(new SymbolEngine(name, nullptr)); }

QIcon symbolIcon(const QString& name, QColor (*color)()) { return QIcon(new SymbolEngine(name, color)); }

QIcon applicationIcon() { return QIcon(new SymbolEngine(u"elephaas"_s, nullptr)); }

} // namespace elephaas
