#pragma once

#include "views/glyphs.h"

#include <QWidget>

#include <optional>
#include <vector>

class QGridLayout;
class QLabel;

namespace elephaas {

// One line of a panel of facts. All texts are shown as plain text.
struct Fact {
    enum class Tone { Normal, Muted, Warning, Bad, Good };
    QString label;
    QString value;
    QString note = {}; // small and muted behind the value: its age
    QString toolTip = {}; // plain text; escaped by the grid
    Tone tone = Tone::Normal;
    std::optional<Glyph> glyph = {};
    bool operator==(const Fact&) const = default;
};

class GlyphLabel final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(GlyphLabel)

public:
    explicit GlyphLabel(QWidget* parent = nullptr);
    void setGlyph(std::optional<Glyph> glyph);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::optional<Glyph> m_glyph;
};

// Facts below each other. Its labels are kept and only their texts change, so that a refresh neither flickers nor loses
// what is selected in them.
class FactGrid final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FactGrid)

public:
    explicit FactGrid(QWidget* parent = nullptr);
    void setFacts(const std::vector<Fact>& facts);
    const std::vector<Fact>& facts() const { return m_facts; }

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Row {
        QLabel* label;
        GlyphLabel* glyph;
        QLabel* value;
        QLabel* note;
        bool wide; // no label: the value takes its place too
    };
    Row makeRow(int number);
    void fillRow(size_t number, const Fact& fact);

    QGridLayout* m_layout;
    std::vector<Row> m_rows;
    std::vector<Fact> m_facts;
};

} // namespace elephaas
