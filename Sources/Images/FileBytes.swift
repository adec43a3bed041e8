import Foundation

/// The bytes of a regular file of at most `limit` bytes.
///
/// Pipes, devices and directories are refused, so that a stray name cannot block or grow without end.
public func fileBytes(at path: String, limit: Int) throws(ImageError) -> [UInt8] {
  let (descriptor, size) = try openRegularFile(path)
  defer { close(descriptor) }
  guard size <= limit else {
    throw ImageError(.file("\(size) bytes, over the limit of \(limit) for one file"), source: path)
  }
  return try bytes(of: descriptor, 0..<size, path)
}

/// The bytes of a part of a regular file, which must hold it whole.
public func fileBytes(at path: String, range: Range<Int>) throws(ImageError) -> [UInt8] {
  let (descriptor, size) = try openRegularFile(path)
  defer { close(descriptor) }
  guard range.lowerBound >= 0, range.upperBound <= size else {
    throw ImageError(.file("cut short to \(size) bytes since it was opened"), source: path)
  }
  return try bytes(of: descriptor, range, path)
}

private func openRegularFile(_ path: String) throws(ImageError) -> (descriptor: Int32, size: Int) {
  let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw ImageError(.file("cannot be opened: " + String(cString: strerror(errno))), source: path)
  }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    close(descriptor)
    throw ImageError(.file("not a regular file"), source: path)
  }
  return (descriptor, Int(status.st_size))
}

private func bytes(
  of descriptor: Int32, _ range: Range<Int>, _ path: String
) throws(ImageError) -> [UInt8] {
  var failure: Int32 = 0
  let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
    guard let base = buffer.baseAddress else { return }
    while filled < range.count {
      let count = pread(descriptor, base + filled, range.count - filled, off_t(range.lowerBound + filled))
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
