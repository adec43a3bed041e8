import CArchive
import SfumatoImages

/// Where the files of a tar are, so that each can be read alone.
struct TarIndex {
  struct Entry {
    var name: String
    /// Where the content begins in the tar, in bytes.
    var offset: Int
    var size: Int
    /// The content of a file that was to be kept.
    var content: [UInt8]?
  }

  /// More entries than this are refused.
  static let maxEntries = 20_000_000

  /// Walks through an uncompressed tar, reading headers and the content of those files that `keep` names.
  ///
  /// Throws `DatasetError` when the tar is damaged or cut short.
  static func entries(
    in path: String, keep: (_ name: String, _ size: Int) -> Bool
  ) throws(DatasetError) -> [Entry] {
    guard let archive = archive_read_new() else {
      throw DatasetError(.file("libarchive could not start"), source: path)
    }
    defer { archive_read_free(archive) }
    archive_read_support_format_tar(archive)
    guard archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK else {
      throw damaged(archive, path)
    }
    let fileSize = SfumatoDatasets.fileSize(of: path)
    var entries: [Entry] = []
    // The end of an entry is known when the next header is reached, and its beginning from its end.
    var pending: Entry?
    while true {
      var entry: OpaquePointer?
      let status = archive_read_next_header(archive, &entry)
      if var last = pending, last.size <= fileSize {
        last.offset = Int(archive_read_header_position(archive)) - (last.size + 511) / 512 * 512
        if last.offset >= 0, last.size <= fileSize - last.offset { entries.append(last) }
      }
      pending = nil
      if status == ARCHIVE_EOF { return entries }
      guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw damaged(archive, path) }
      guard entries.count < maxEntries else {
        throw DatasetError(.malformed(format: "tar", message: "over \(maxEntries) entries"), source: path)
      }
      // Larger than the tar itself is impossible; the walk goes on and finds the end missing.
      pending = try read(entry, of: archive, path) { $1 <= fileSize && keep($0, $1) }
    }
  }

  /// A regular file's entry, its offset still to be found; nil for folders, links and the like.
  private static func read(
    _ entry: OpaquePointer?, of archive: OpaquePointer, _ path: String,
    _ keep: (String, Int) -> Bool
  ) throws(DatasetError) -> Entry? {
    let size = Int(archive_entry_size(entry))
    guard let name = archive_entry_pathname(entry), archive_entry_filetype(entry) == S_IFREG, size >= 0,
      archive_entry_sparse_count(entry) == 0, archive_entry_hardlink(entry) == nil
    else { return nil }
    var found = Entry(name: String(cString: name), offset: 0, size: size)
    if keep(found.name, size) {
      var content = [UInt8](repeating: 0, count: size)
      guard archive_read_data(archive, &content, size) == la_ssize_t(size) else {
        throw damaged(archive, path)
      }
      found.content = content
    }
    return found
  }

  private static func damaged(_ archive: OpaquePointer, _ path: String) -> DatasetError {
    let message = archive_error_string(archive).map { String(cString: $0) } ?? "it ends early"
    return DatasetError(
      .malformed(format: "tar", message: message + " (an uncompressed tar is expected)"), source: path)
  }
}
