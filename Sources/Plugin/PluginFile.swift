import Foundation

/// Decides whether a file may be loaded as a backend. Code that is loaded can do anything that the user can, so that
/// nobody else may be able to put it there.
struct PluginFile {
  /// Absolute, without symbolic links.
  let path: String

  /// - Throws: `PluginError` for a relative path, a file or folder that others can write to or that belongs to somebody
  ///   else than the user and root, a link that leads out of its folder, and anything that is no shared library for
  ///   this processor.
  init(_ path: String) throws(PluginError) {
    guard path.hasPrefix("/") else {
      throw PluginError(path: path, problem: "the path is relative; give an absolute one")
    }
    guard let resolved = realpath(path, nil) else {
      throw PluginError(path: path, problem: "there is no such file")
    }
    self.path = String(cString: resolved)
    free(resolved)
    try Self.checkLink(path, to: self.path)
    let folder = Self.folder(of: self.path)
    try Self.checkOwner(folder, of: path, isFolder: true)
    try Self.checkOwner(self.path, of: path, isFolder: false)
    try Self.checkFormat(self.path, named: path)
  }

  private static func folder(of path: String) -> String {
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    return "/" + folder
  }

  /// A link may stand for another file of its folder, as in libx.so → libx.so.1, and for nothing else.
  private static func checkLink(_ path: String, to resolved: String) throws(PluginError) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return }
    let folder = realpath(folder(of: path), nil)
    defer { free(folder) }
    if folder.map({ String(cString: $0) }) != self.folder(of: resolved) {
      throw PluginError(
        path: path, problem: "a symbolic link to another folder (\(resolved)); name that file itself")
    }
  }

  private static func checkOwner(_ path: String, of name: String, isFolder: Bool) throws(PluginError) {
    var status = stat()
    let what = isFolder ? "its folder \(path)" : "the file"
    guard stat(path, &status) == 0 else { throw PluginError(path: name, problem: "\(what) cannot be read") }
    if status.st_mode & S_IFMT != (isFolder ? S_IFDIR : S_IFREG) {
      throw PluginError(path: name, problem: "\(what) is no \(isFolder ? "folder" : "regular file")")
    }
    if status.st_uid != 0, status.st_uid != geteuid() {
      throw PluginError(
        path: name, problem: "\(what) belongs to user \(status.st_uid), neither to you nor to root")
    }
    // In a folder with the sticky bit others can add files, but not replace this one.
    let isSticky = isFolder && status.st_mode & S_ISVTX != 0
    if status.st_mode & S_IWOTH != 0, !isSticky {
      throw PluginError(
        path: name, problem: "\(what) can be written to by everybody; `chmod o-w \(path)` mends it")
    }
    if status.st_mode & S_IWGRP != 0, status.st_gid != 0, status.st_gid != getegid(), !isSticky {
      throw PluginError(
        path: name,
        problem: "\(what) can be written to by group \(status.st_gid); `chmod g-w \(path)` mends it")
    }
  }

  /// The header of an ELF file says for what processor and purpose it is.
  private static func checkFormat(_ path: String, named name: String) throws(PluginError) {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw PluginError(path: name, problem: "the file cannot be read")
    }
    defer { try? file.close() }
    let header = [UInt8]((try? file.read(upToCount: 20)) ?? Data())
    guard header.count == 20, Array(header[..<4]) == [0x7f, 0x45, 0x4c, 0x46] else {
      throw PluginError(path: name, problem: "this is no shared library")
    }
    let isBigEndian = header[5] == 2
    func half(_ offset: Int) -> Int {
      let (a, b) = (Int(header[offset]), Int(header[offset + 1]))
      return isBigEndian ? a << 8 | b : b << 8 | a
    }
    guard header[4] == 2, half(18) == machine else {
      throw PluginError(
        path: name, problem: "it is for another processor (ELF machine \(half(18))), this one is \(machine)")
    }
    guard half(16) == 3 else {
      throw PluginError(path: name, problem: "this is an ELF file, but no shared library")
    }
  }

  /// The ELF number of this processor.
  private static var machine: Int {
    #if arch(x86_64)
      62
    #elseif arch(arm64)
      183
    #elseif arch(riscv64)
      243
    #else
      0
    #endif
  }
}
