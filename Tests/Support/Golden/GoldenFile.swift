import Foundation

/// Golden values made by `Tools/golden`, read from `Tests/<module>/Golden/<name>.safetensors`.
///
/// It has its own small reader, so that it does not lean on the module that reads checkpoints.
public struct GoldenFile: Sendable {
  /// One tensor; floating-point and integer values all come as Double.
  public struct Tensor: Sendable {
    public let shape: [Int]
    public let values: [Double]
    /// The values as the network reads them.
    public var floats: [Float] { values.map(Float.init) }
  }

  public struct BadFile: Error, CustomStringConvertible {
    public let description: String
    public init(description: String) { self.description = description }
  }

  public let name: String
  public let tensors: [String: Tensor]
  /// Versions, seed and configuration that the values were made with.
  public let metadata: [String: String]

  public init(module: String, name: String, testsFolder: String = Self.testsFolder) throws {
    self.name = name
    let url = URL(fileURLWithPath: testsFolder).appendingPathComponent("\(module)/Golden/\(name).safetensors")
    let file = try Data(contentsOf: url)
    guard file.count >= 8 else { throw BadFile(description: "\(url.path) is cut short") }
    let size = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    guard size <= file.count - 8,
      let header = try JSONSerialization.jsonObject(with: file[8..<8 + size]) as? [String: Any]
    else { throw BadFile(description: "\(url.path) has no header") }
    metadata = header["__metadata__"] as? [String: String] ?? [:]
    var tensors: [String: Tensor] = [:]
    for (key, entry) in header where key != "__metadata__" {
      guard let entry = entry as? [String: Any], let type = entry["dtype"] as? String,
        let shape = entry["shape"] as? [Int], let range = entry["data_offsets"] as? [Int], range.count == 2,
        0 <= range[0], range[0] <= range[1], 8 + size + range[1] <= file.count
      else { throw BadFile(description: "\(url.path): bad entry \(key)") }
      let bytes = file[8 + size + range[0]..<8 + size + range[1]]
      tensors[key] = Tensor(shape: shape, values: try Self.values(bytes, type))
    }
    self.tensors = tensors
  }

  /// The folder that holds every module's tests.
  public static let testsFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// The tensor called `key`.
  public func callAsFunction(_ key: String) throws -> Tensor {
    guard let tensor = tensors[key] else { throw BadFile(description: "\(name) has no tensor \(key)") }
    return tensor
  }

  /// The tensors whose name begins with `prefix`, without it.
  public func group(_ prefix: String) -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for (key, tensor) in tensors where key.hasPrefix(prefix) {
      found[String(key.dropFirst(prefix.count))] = tensor
    }
    return found
  }

  private static func values(_ bytes: Data, _ type: String) throws -> [Double] {
    func read<T>(_: T.Type, _ convert: (T) -> Double) -> [Double] {
      bytes.withUnsafeBytes { raw in
        (0..<raw.count / MemoryLayout<T>.size).map {
          convert(raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self))
        }
      }
    }
    return switch type {
    case "F64": read(Double.self) { $0 }
    case "F32": read(Float.self, Double.init)
    case "I64": read(Int64.self, Double.init)
    case "I32": read(Int32.self, Double.init)
    default: throw BadFile(description: "no reader for \(type)")
    }
  }
}

/// ‖found − expected‖ / ‖expected‖; infinite where the sizes differ or a value is not finite.
public func relativeError(_ found: some Collection<Double>, _ expected: some Collection<Double>) -> Double {
  guard found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
  let difference = zip(found, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  let size = expected.reduce(0) { $0 + $1 * $1 }
  return difference == 0 ? 0 : (difference / size).squareRoot()
}

/// The largest |found − expected|; infinite where the sizes differ or a value is not finite.
public func largestError(_ found: some Collection<Double>, _ expected: some Collection<Double>) -> Double {
  guard found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
  return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
