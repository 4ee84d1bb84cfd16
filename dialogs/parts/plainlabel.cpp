#include "dialogs/parts/plainlabel.h"

#include "dialogs/parts/tones.h"
#include "models/domain/visibletext.h"

#include <QAbstractScrollArea>
#include <QApplication>
#include <QComboBox>
#include <QEvent>
#include <QFontDatabase>
#include <QLineEdit>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

class MutedColor final : public QObject {
public:
    explicit MutedColor(QLabel* label)
        : QObject(label)
        , m_label(label)
    {
        label->installEventFilter(this);
        update();
    }

    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::ApplicationPaletteChange)
            update();
        return QObject::eventFilter(watched, event);
    }

private:
    void update()
    {
        QPalette palette; // only the one role: the others stay inherited
        palette.setColor(QPalette::WindowText, mutedText(QApplication::palette()));
        m_label->setPalette(palette);
    }

    QLabel* m_label;
};

} // namespace

QLabel* plainLabel(const QString& text, const QString& objectName, QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setObjectName(objectName);
    label->setText(text);
    return label;
}

QLabel* wrappedLabel(const QString& text, const QString& objectName, QWidget* parent)
{
    QLabel* label = plainLabel(text, objectName, parent);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QLabel* headingLabel(const QString& text, const QString& objectName, QWidget* parent)
{
    QLabel* label = plainLabel(text, objectName, parent);
    label->setWordWrap(true);
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * 1.25);
    font.setWeight(QFont::DemiBold);
    label->setFont(font);
    return label;
}

void makeMuted(QLabel* label) { new MutedColor(label); }

QString withoutMnemonics(const QString& text) { return QString(text).replace(u'&', u"&&"_s); }

void nameEditor(QWidget* editor, const QString& name)
{
    editor->setAccessibleName(name);
    if (auto* area = qobject_cast<QAbstractScrollArea*>(editor))
        area->viewport()->setFocusProxy(nullptr); // else it says that it has the keyboard whenever the editor has
    if (const auto* combo = qobject_cast<QComboBox*>(editor); combo && combo->lineEdit())
        combo->lineEdit()->setAccessibleName(name);
}

QString inOneLine(const QString& text, int longest)
{
    const QString line = visibleLine(text);
    if (line.size() <= longest)
        return line;
    const qsizetype half = (longest - 1) / 2;
    return line.left(half) + QChar(0x2026) + line.right(longest - 1 - half);
}

QFont fixedFont() { return QFontDatabase::systemFont(QFontDatabase::FixedFont); }

} // namespace elephaas
