import Foundation

/// What a path leads to, symbolic links followed.
enum FileType {
  case file, folder, other, missing
}

func fileType(of path: String) -> FileType {
  var status = stat()
  guard stat(path, &status) == 0 else { return .missing }
  switch status.st_mode & S_IFMT {
  case S_IFREG: return .file
  case S_IFDIR: return .folder
  default: return .other
  }
}

/// The size of a file in bytes; 0 when it is not there.
func fileSize(of path: String) -> Int {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : 0
}

/// The first bytes of a file; fewer where it is shorter, none where it cannot be read.
func firstBytes(of path: String, count: Int) -> [UInt8] {
  guard fileType(of: path) == .file, let file = FileHandle(forReadingAtPath: path) else { return [] }
  defer { try? file.close() }
  return (try? file.read(upToCount: count)).map { Array($0) } ?? []
}

/// The names in a folder in order, without those that begin with a dot.
func names(in folder: String) throws(DatasetError) -> [String] {
  guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
    throw DatasetError(.file("the folder cannot be read"), source: folder)
  }
  return names.filter { !$0.hasPrefix(".") }.sorted()
}

/// The paths, relative to `folder`, of all files below it, folder by folder in order of names.
///
/// Symbolic links to folders are not followed, so the walk ends.
func files(below folder: String, limit: Int = 20_000_000) throws(DatasetError) -> [String] {
  var found: [String] = []
  func walk(_ relative: String) throws(DatasetError) {
    for name in try names(in: relative.isEmpty ? folder : folder + "/" + relative) {
      let path = relative.isEmpty ? name : relative + "/" + name
      var status = stat()
      guard lstat(folder + "/" + path, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        try walk(path)
      } else if found.count < limit {
        found.append(path)
      } else {
        throw DatasetError(.file("more than \(limit) files; pack them in tar shards"), source: folder)
      }
    }
  }
  try walk("")
  return found
}

/// A path's last extension in lower case, without the dot.
func fileExtension(_ path: String) -> String {
  let name = path.split(separator: "/").last ?? ""
  guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
  return name[name.index(after: dot)...].lowercased()
}
