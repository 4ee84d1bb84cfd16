#pragma once

#include "dialogs/forms/conflictpanel.h"
#include "dialogs/forms/formdialog.h"

#include <functional>
#include <optional>
#include <vector>

namespace elephaas {

// One column of a row that a form edits: how it is called, how it reads, and how to move it from one row to another.
template <class Row>
struct Column {
    QString name;
    std::function<QString(const Row&)> text;
    std::function<bool(const Row&, const Row&)> equal;
    std::function<void(const Row& from, Row& to)> copy;
};

template <class Row, class Value>
Column<Row> column(QString name, Value Row::* member, std::function<QString(const Row&)> text)
{
    return {std::move(name), std::move(text), [member](const Row& a, const Row& b) { return a.*member == b.*member; },
        [member](const Row& from, Row& to) { to.*member = from.*member; }};
}

template <class Row>
Column<Row> textColumn(QString name, QString Row::* member)
{
    return column(std::move(name), member, std::function<QString(const Row&)>([member](const Row& row) { return row.*member; }));
}

// A form for one kind of row: optimistic locking by field, so that columns that the form does not show (a probe writes some
// of them every half minute) never get in the way, and a change that somebody else made is never written over unseen.
template <class Row>
class RowForm : public FormDialog {
protected:
    using Id = decltype(Row::id);

    RowForm(InventoryService& inventory, std::optional<Id> edit, const QString& objectName, QWidget* parent)
        : FormDialog(inventory, objectName, parent)
    {
        if (const Row* row = edit ? inventory.snapshot()->find(*edit) : nullptr)
            m_before = *row;
        else
            m_isGone = edit.has_value();
    }

    virtual std::vector<Column<Row>> columns() const = 0;
    virtual Row read(Row base) const = 0; // what the editors hold, on top of `base`
    virtual void write(const Row& row) = 0;
    virtual QString deletedHeadline() const = 0;
    virtual QHash<Id, Id> keysOf(const AppliedChanges& applied) const = 0;

    const std::optional<Row>& before() const { return m_before; }
    bool isNew() const { return !m_before; }
    Row current() const { return read(m_before.value_or(Row{})); }
    // To be called by the most derived constructor when the editors exist.
    void start(QWidget* first)
    {
        write(m_before.value_or(defaults()));
        m_initial = current();
        finish(first);
        if (m_isGone)
            showDeleted();
    }
    virtual Row defaults() const { return {}; }

    bool isModified() const override { return !same(current(), m_initial); }

    void save() override
    {
        if (isSaving() || stopAtErrors() || !rebase())
            return;
        Row row = current();
        if (isNew())
            row.id = Id(-1);
        clearMessage();
        setSaving(true);
        m_inventory.apply({Put<Row>{row, m_before}}, this, [this](Expected<AppliedChanges> result) {
            setSaving(false);
            if (result)
                done(*result);
            else
                failed(result.error());
        });
    }

    void inventoryChanged() override
    {
        if (isSaving() || isNew())
            return;
        if (m_retry == Retry::WhenReloaded) {
            m_retry = Retry::Done;
            clearMessage();
            if (rebase())
                save();
        } else {
            rebase();
        }
    }

    void takeTheirs() override
    {
        const Row* theirs = row();
        m_conflict->hide();
        if (theirs) {
            m_before = *theirs;
            write(*theirs);
            m_initial = current();
        }
        clearMessage();
        recheck();
    }

    void keepMine() override
    {
        m_conflict->hide();
        if (const Row* theirs = row(); theirs && m_before) {
            Row merged = *theirs;
            const Row mine = current();
            for (const Column<Row>& c : columns()) {
                if (!c.equal(mine, *m_before))
                    c.copy(mine, merged);
            }
            m_before = *theirs;
            write(merged);
        } else {
            m_before.reset(); // deleted meanwhile: what the form holds becomes a new entry
            m_isGone = false;
        }
        m_retry = Retry::Once;
        clearMessage();
        recheck();
    }

private:
    enum class Retry { Once, WhenReloaded, Done };

    const Row* row() const { return m_before ? m_inventory.snapshot()->find(m_before->id) : nullptr; }

    bool same(const Row& a, const Row& b) const
    {
        const auto all = columns();
        return std::all_of(all.begin(), all.end(), [&](const Column<Row>& c) { return c.equal(a, b); });
    }

    // Moves to the snapshot's present row when nothing that the form shows has changed in it. Otherwise shows the conflict: false.
    bool rebase()
    {
        if (isNew())
            return !m_isGone;
        const Row* theirs = row();
        if (!theirs) {
            showDeleted();
            return false;
        }
        if (same(*theirs, *m_before)) {
            m_before = *theirs;
            if (m_conflict->isActive()) {
                m_conflict->hide();
                clearMessage();
            }
            return true;
        }
        showConflict(*theirs);
        return false;
    }

    void showConflict(const Row& theirs)
    {
        const Row mine = current();
        std::vector<ConflictPanel::Line> lines;
        for (const Column<Row>& c : columns()) {
            if (!c.equal(theirs, *m_before))
                lines.push_back({c.name, c.text(*m_before), c.text(mine), c.text(theirs)});
        }
        m_conflict->showConflict(lines);
        clearMessage();
    }

    void showDeleted()
    {
        m_conflict->showDeleted(deletedHeadline());
        clearMessage();
    }

    void done(const AppliedChanges& applied)
    {
        const Id id = isNew() ? keysOf(applied).value(Id(-1)) : m_before->id;
        Q_EMIT saved(id.value);
        accept();
    }

    void failed(const Error& error)
    {
        if (error.kind != ErrorKind::Conflict || isNew()) {
            showError(error);
            return;
        }
        if (!rebase())
            return;
        if (m_retry == Retry::Once) {
            // The snapshot is older than what the store compared with: read again, then decide.
            m_retry = Retry::WhenReloaded;
            showMessage(Mark::Info, tr("Somebody else changed this meanwhile. Reading it again…"));
            m_inventory.reload();
            return;
        }
        showError(error);
        m_retry = Retry::Once;
    }

    std::optional<Row> m_before;
    Row m_initial;
    bool m_isGone = false;
    Retry m_retry = Retry::Once;
};

} // namespace elephaas
