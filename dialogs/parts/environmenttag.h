#pragma once

#include <QColor>
#include <QString>
#include <QWidget>

#include <functional>

namespace elephaas {

struct TagColors {
    QColor background;
    QColor text;
    QColor border;
};

// How environments are coloured, so that dialogs look like the window they belong to. GUI thread; the default is neutral.
void setEnvironmentTagColors(std::function<TagColors(const QString& environment)> colors);

// An environment's name in its colour: text first, colour second.
class EnvironmentTag final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EnvironmentTag)

public:
    explicit EnvironmentTag(const QString& environment, QWidget* parent = nullptr);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_text;
    QString m_environment;
};

} // namespace elephaas
