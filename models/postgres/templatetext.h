#pragma once

#include "models/domain/error.h"

#include <QMap>
#include <QString>

#include <vector>

namespace elephaas {

// Where in which template something stands, for messages.
struct TemplatePlace {
    QString templateName;
    qsizetype position = 0; // in UTF-16 units, from 0
};

// A stretch of literal text, or a name between braces ("inst.herd.pgdata").
struct TemplatePiece {
    QString text;
    bool isName = false;
    TemplatePlace place = {};
};

Error templateError(const TemplatePlace& place, const QString& what, const QString& remedy = {});

// The text of template `name` with every {COMMANDS[…]} replaced by that template's own pieces, however deep. The language is
// that of Python's str.format without conversions and format specifications; {{ and }} stand for braces.
// Fails on a template that does not exist, that contains itself, or that grows beyond 64 KiB.
Expected<std::vector<TemplatePiece>> expandTemplate(const QMap<QString, QString>& templates, const QString& name);

} // namespace elephaas
