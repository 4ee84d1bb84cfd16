#pragma once

#include <QLabel>

namespace elephaas {

// Plain text that wraps inside a word when the word alone is too long: host names, paths and identifiers have no blanks.
// Its context menu copies the whole text.
class WrapLabel final : public QLabel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WrapLabel)

public:
    explicit WrapLabel(QWidget* parent = nullptr);

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    // Lays the text out in `width`, paints it when there is a painter, and says how high it is.
    int layOut(int width, QPainter* painter) const;
};

} // namespace elephaas
