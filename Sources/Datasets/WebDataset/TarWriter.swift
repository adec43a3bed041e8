import CArchive

/// Writes a tar file (ustar) whose bytes depend on its entries only: owner, time and permissions are fixed.
///
/// Entries are written in the order given. Nothing is complete before `finish()`.
public final class TarWriter {
  private let archive: OpaquePointer
  private let path: String

  /// Creates or replaces the file at `path`. Throws `DatasetError` when it cannot.
  public init(path: String) throws(DatasetError) {
    guard let archive = archive_write_new() else {
      throw DatasetError(.file("libarchive could not start"), source: path)
    }
    self.archive = archive
    self.path = path
    guard archive_write_set_format_ustar(archive) == ARCHIVE_OK,
      archive_write_add_filter_none(archive) == ARCHIVE_OK,
      archive_write_open_filename(archive, path) == ARCHIVE_OK
    else { throw failure() }
  }

  deinit { archive_write_free(archive) }

  /// Appends a file.
  public func append(name: String, bytes: [UInt8]) throws(DatasetError) {
    guard let entry = archive_entry_new() else {
      throw DatasetError(.file("no memory for a tar entry"), source: path)
    }
    defer { archive_entry_free(entry) }
    archive_entry_set_pathname(entry, name)
    archive_entry_set_size(entry, la_int64_t(bytes.count))
    archive_entry_set_filetype(entry, UInt32(S_IFREG))
    archive_entry_set_perm(entry, 0o644)
    archive_entry_set_mtime(entry, 0, 0)
    guard archive_write_header(archive, entry) == ARCHIVE_OK,
      archive_write_data(archive, bytes, bytes.count) == la_ssize_t(bytes.count)
    else { throw failure() }
  }

  /// Writes the end of the archive and closes the file.
  public func finish() throws(DatasetError) {
    guard archive_write_close(archive) == ARCHIVE_OK else { throw failure() }
  }

  private func failure() -> DatasetError {
    let message = archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
    return DatasetError(.file("cannot be written: \(message)"), source: path)
  }
}
