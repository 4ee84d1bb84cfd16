#include "dialogs/parts/filewriter.h"

#include <QCoreApplication>
#include <QSaveFile>

namespace elephaas {

namespace {

Expected<void> writeFile(const QString& path, const QByteArray& content)
{
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(content) == content.size() && file.commit())
        return {};
    return fail({ErrorKind::Storage, QCoreApplication::translate("elephaas::FileWriter", "The file could not be written."), path,
        file.errorString(), QCoreApplication::translate("elephaas::FileWriter", "Choose another place.")});
}

} // namespace

FileWriter::FileWriter(Done done)
    : m_results(
          [done = std::move(done)](const std::vector<Result>& results) {
              for (const Result& result : results)
                  done(result.path, result.written);
          },
          std::chrono::milliseconds(0))
{
}

FileWriter::~FileWriter() = default;

void FileWriter::write(const QString& path, const QByteArray& content)
{
    m_thread = std::jthread([this, path, content] { m_results.post({path, writeFile(path, content)}); });
}

} // namespace elephaas
