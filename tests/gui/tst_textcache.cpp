// Kept texts look like texts drawn anew.
#include "views/delegates/textcache.h"

#include <QFontMetrics>
#include <QImage>
#include <QPainter>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

const QRect cell(10, 5, 160, 24);

QImage canvas()
{
    QImage image(200, 40, QImage::Format_RGB32);
    image.fill(Qt::white);
    return image;
}

QRect ink(const QImage& image)
{
    QRect found;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            if (qGray(image.pixel(x, y)) < 200)
                found |= QRect(x, y, 1, 1);
        }
    }
    return found;
}

QImage drawnAnew(const QString& text, Qt::Alignment alignment)
{
    QImage image = canvas();
    QPainter painter(&image);
    painter.drawText(cell, int(alignment | Qt::AlignVCenter) | Qt::TextSingleLine,
        QFontMetrics(painter.font()).elidedText(text, Qt::ElideRight, cell.width()));
    return image;
}

} // namespace

class TextCacheTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void looksTheSame_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<Qt::Alignment>("alignment");
        QTest::newRow("plain") << u"db1.example.test"_s << Qt::Alignment(Qt::AlignLeft);
        QTest::newRow("right") << u"1,234.56"_s << Qt::Alignment(Qt::AlignRight);
        QTest::newRow("centre") << u"online"_s << Qt::Alignment(Qt::AlignHCenter);
        QTest::newRow("too long") << QString(u"trading "_s.repeated(20)) << Qt::Alignment(Qt::AlignLeft);
        QTest::newRow("too long, right") << QString(u"0123456789"_s.repeated(20)) << Qt::Alignment(Qt::AlignRight);
        QTest::newRow("markup") << u"<b>bold</b> &amp;"_s << Qt::Alignment(Qt::AlignLeft);
        QTest::newRow("lines") << u"one\ntwo\u2028three"_s << Qt::Alignment(Qt::AlignLeft);
        QTest::newRow("umlauts") << u"\u00DCberm\u00E4\u00DFig"_s << Qt::Alignment(Qt::AlignLeft);
    }
    void looksTheSame()
    {
        QFETCH(QString, text);
        QFETCH(Qt::Alignment, alignment);
        TextCache cache;
        const QRect wanted = ink(drawnAnew(QString(text).replace(u'\n', u' ').replace(QChar::LineSeparator, u' '), alignment));
        QVERIFY(!wanted.isEmpty());
        for (int round = 0; round < 3; ++round) { // laid out, kept, kept
            QImage image = canvas();
            QPainter painter(&image);
            cache.draw(&painter, cell, alignment, Qt::LeftToRight, text);
            painter.end();
            const QRect found = ink(image);
            QVERIFY(cell.contains(found));
            QVERIFY2(qAbs(found.left() - wanted.left()) <= 1 && qAbs(found.right() - wanted.right()) <= 1
                    && qAbs(found.top() - wanted.top()) <= 1 && qAbs(found.bottom() - wanted.bottom()) <= 1,
                qPrintable(u"%1..%2 x %3..%4 instead of %5..%6 x %7..%8"_s.arg(found.left()).arg(found.right()).arg(found.top()).arg(found.bottom())
                               .arg(wanted.left()).arg(wanted.right()).arg(wanted.top()).arg(wanted.bottom())));
        }
    }

    void followsWidthAndFont()
    {
        TextCache cache;
        const QString text = u"trading.example.test"_s;
        const auto width = [&](int room, const QFont& font) {
            QImage image = canvas();
            QPainter painter(&image);
            painter.setFont(font);
            cache.draw(&painter, QRect(10, 5, room, 24), Qt::AlignLeft, Qt::LeftToRight, text);
            painter.end();
            return ink(image).width();
        };
        QFont normal;
        QFont large = normal;
        large.setPointSizeF(normal.pointSizeF() * 1.3);
        const int whole = width(180, normal);
        QVERIFY(width(60, normal) <= 60);
        QVERIFY(width(40, normal) <= 40);
        QVERIFY(width(180, large) > whole);
        QCOMPARE(width(180, normal), whole);
    }
};

} // namespace elephaas

QTEST_MAIN(elephaas::TextCacheTest)
#include "tst_textcache.moc"
