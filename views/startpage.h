#pragma once

#include <QWidget>

namespace elephaas {

class Actions;

// What an empty inventory shows instead of empty tables: the first steps.
class StartPage final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StartPage)

public:
    explicit StartPage(const Actions& actions, QWidget* parent = nullptr);
};

} // namespace elephaas
