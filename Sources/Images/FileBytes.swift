import Foundation

/// The bytes of a regular file of at most `limit` bytes.
///
/// Pipes, devices and directories are refused, so that a stray name cannot block or grow without end.
public func fileBytes(at path: String, limit: Int) throws(ImageError) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw ImageError(.file("cannot be opened: " + String(cString: strerror(errno))), source: path)
  }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    throw ImageError(.file("not a regular file"), source: path)
  }
  guard status.st_size <= limit else {
    throw ImageError(
      .file("\(status.st_size) bytes, over the limit of \(limit) for one file"), source: path)
  }
  let size = Int(status.st_size)
  var failure: Int32 = 0
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
    guard let base = buffer.baseAddress else { return }
    while filled < size {
      let count = read(descriptor, base + filled, size - filled)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { failure = errno }
      if count <= 0 { break }
      filled += count
    }
  }
  guard failure == 0 else {
    throw ImageError(.file("cannot be read: " + String(cString: strerror(failure))), source: path)
  }
  return bytes
}
