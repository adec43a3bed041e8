import Foundation
import SfumatoJSON
import Testing

@testable import SfumatoCheckpoint

@Suite struct SafetensorsTests {
  static let sample = Safetensors(tensors: [
    StoredTensor(name: "b", type: .bool, shape: [3], bytes: [0, 1, 1]),
    StoredTensor(name: "é\"", shape: [2, 1], floats: [1, -2]),
    StoredTensor(name: "scalar", type: .i64, shape: [], bytes: [1, 0, 0, 0, 0, 0, 0, 0]),
    StoredTensor(name: "empty", shape: [0, 5], floats: []),
  ])

  static func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
    let length = length ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  @Test func roundTrips() throws {
    let bytes = try Self.sample.serialized()
    let parsed = try Safetensors(parsing: bytes)
    #expect(parsed.metadata == ["format": "pt"])
    #expect(parsed.tensors.map(\.name) == ["scalar", "empty", "é\"", "b"])
    for tensor in Self.sample.tensors { #expect(parsed[tensor.name] == tensor) }
    #expect(try parsed.serialized() == bytes)
    try withTemporaryFolder { root in
      try Self.sample.write(path: root + "/x.safetensors")
      #expect(try Safetensors(path: root + "/x.safetensors") == parsed)
      #expect(try SafetensorsHeader(path: root + "/x.safetensors").entries.count == 4)
      #expect(try PosixFileSystem().entries(of: root) == ["x.safetensors"])
    }
  }

  /// The layout that the format's reference writer gives two elements of each of these types.
  @Test func laysOutAsTheReferenceDoes() throws {
    let types: [StoredType] = [
      .f64, .i64, .u64, .f32, .i32, .u32, .bf16, .f16, .i16, .u16, .u8, .i8, .bool, .f8e4m3, .f8e5m2, .c64,
    ]
    let file = Safetensors(
      tensors: types.map {
        StoredTensor(
          name: "t_" + $0.rawValue, type: $0, shape: [2], bytes: .init(repeating: 0, count: $0.bits / 4))
      })
    let names = try Safetensors(parsing: try file.serialized()).tensors.map { $0.name.dropFirst(2) }
    #expect(
      names == [
        "U64", "I64", "F64", "C64", "F32", "U32", "I32", "BF16", "F16", "U16", "I16", "F8_E4M3", "F8_E5M2",
        "I8", "U8", "BOOL",
      ])
    let bytes = try file.serialized()
    #expect(bytes[0] % 8 == 0)
    let head =
      "{\"__metadata__\":{\"format\":\"pt\"},\"t_U64\":{\"dtype\":\"U64\",\"shape\":[2],\"data_offsets\":[0,16]},"
    #expect(String(decoding: bytes[8..<8 + head.utf8.count], as: UTF8.self) == head)
  }

  @Test(arguments: [
    ("{}", 0), ("{\"__metadata__\":{}}    ", 0),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4),
    ("{\"a\":{\"data_offsets\":[0,0],\"shape\":[0,9223372036854775807],\"dtype\":\"I8\"}}", 0),
    ("{\"a\":{\"dtype\":\"F4\",\"shape\":[2],\"data_offsets\":[0,1]}}", 1),
    (
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2],\"x\":[{}]},\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
      2
    ),
  ])
  func accepts(header: String, data: Int) throws {
    _ = try Safetensors(parsing: Self.file(header, data: data))
  }

  @Test(arguments: [
    ("[]", 0), ("{", 0), (" {}", 0), ("{}x", 0), ("{} ", 1), ("", 0), ("{\"__metadata__\":{\"a\":1}}", 0),
    ("{\"__metadata__\":{},\"__metadata__\":{}}", 0), ("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0),
    // Types, shapes and offsets that are wrong in themselves.
    ("{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,99999999999999999999]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4),
    ("{\"a\":[]}", 0),
    // Sizes that do not fit.
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]}}", 5),
    ("{\"a\":{\"dtype\":\"F4\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}", 0),
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9223372036854775807,0],\"data_offsets\":[0,0]}}",
      0
    ),
    // A hole, an overlap, the same name twice, also when spelled with an escape.
    (
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}",
      3
    ),
    (
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
      2
    ),
    (
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
      2
    ),
    (
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
      2
    ),
  ])
  func rejects(header: String, data: Int) {
    #expect(throws: CheckpointError.self) { try Safetensors(parsing: Self.file(header, data: data)) }
  }

  @Test func rejectsWrongLengths() {
    for length: UInt64 in [3, 100_000_000, 100_000_001, .max, 1 << 63] {
      #expect(throws: CheckpointError.self) { try Safetensors(parsing: Self.file("{}", length: length)) }
    }
    for size in 0..<8 {
      #expect(throws: CheckpointError.self) { try Safetensors(parsing: [UInt8](repeating: 0, count: size)) }
    }
    #expect(throws: CheckpointError.self) { try Safetensors(parsing: [2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0xFF]) }
  }

  /// A header that is one long list must not take more memory than a bounded table.
  @Test func boundsItsTables() {
    let entry = "\"%\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
    let many = (0...SafetensorsHeader.countLimit).map {
      entry.replacingOccurrences(of: "%", with: String($0))
    }
    #expect { try Safetensors(parsing: Self.file("{" + many.joined() + "}")) } throws: {
      "\($0)".contains("more than 250000 tensors")
    }
    let shape = String(repeating: "0,", count: 40) + "0"
    #expect { try Safetensors(parsing: Self.file("{\"a\":{\"shape\":[" + shape + "]}}")) } throws: {
      "\($0)".contains("more than 32 dimensions")
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = try Self.sample.serialized()
    for count in 0..<bytes.count {
      #expect(throws: CheckpointError.self) { try Safetensors(parsing: Array(bytes.prefix(count))) }
    }
  }

  @Test func everyBitFlipIsAnErrorOrAValidFile() throws {
    let bytes = try Self.sample.serialized()
    var accepted = 0
    for bit in 0..<bytes.count * 8 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << (bit % 8)
      guard let file = try? Safetensors(parsing: flipped) else { continue }
      accepted += 1
      for tensor in file.tensors { #expect(tensor.type.byteCount(shape: tensor.shape) == tensor.bytes.count) }
    }
    // The data section's flips are valid, and so are some within names; most of the header's are not.
    #expect(accepted >= 8 * 19 && accepted < bytes.count * 4)
  }

  @Test func writingChecksSizesAndNames() {
    let short = StoredTensor(name: "a", type: .f32, shape: [2], bytes: [0, 0, 0, 0])
    #expect(throws: CheckpointError.self) { try Safetensors(tensors: [short]).serialized() }
    let a = StoredTensor(name: "a", shape: [1], floats: [0])
    #expect(throws: CheckpointError.self) { try Safetensors(tensors: [a, a]).serialized() }
  }

  @Test func convertsFloats() {
    func tensor(_ type: StoredType, _ bytes: [UInt8]) -> [Float]? {
      StoredTensor(name: "x", type: type, shape: [1], bytes: bytes).floats
    }
    #expect(tensor(.bf16, [0xC0, 0x3F]) == [1.5])
    #expect(tensor(.f64, [0, 0, 0, 0, 0, 0, 0xF8, 0xBF]) == [-1.5])
    #expect(tensor(.f32, [0, 0, 0xC0, 0x3F]) == [1.5])
    #expect(tensor(.f16, [0, 0x3E]) == [1.5])
    #expect(tensor(.f16, [0xFF, 0xFB]) == [-65504])
    #expect(tensor(.f16, [1, 0]) == [0x1p-24])
    #expect(tensor(.f16, [0, 0x7C]) == [.infinity])
    #expect(tensor(.u8, [1]) == nil)
  }

  @Test func namesTheTensorThatDoesNotFit() throws {
    let model = [
      TensorDescription(name: "scalar", shape: []), TensorDescription(name: "empty", shape: [0, 5]),
      TensorDescription(name: "b", shape: [3]),
    ]
    let file = Self.sample
    #expect(throws: CheckpointError.unexpectedTensor(name: "é\"", shape: [2, 1], path: "p")) {
      try file.check(against: model, path: "p")
    }
    let whole = model + [TensorDescription(name: "é\"", shape: [2, 1])]
    try file.check(against: whole, path: "p")
    try file.check(against: model, path: "p", allowing: { name in !model.contains { $0.name == name } })
    #expect(throws: CheckpointError.missingTensor(name: "c", shape: [1], path: "p")) {
      try file.check(against: whole + [TensorDescription(name: "c", shape: [1])], path: "p")
    }
    let mismatch = CheckpointError.shapeMismatch(name: "b", found: [3], expected: [4], path: "p")
    #expect(throws: mismatch) {
      try file.check(against: [TensorDescription(name: "b", shape: [4])], path: "p")
    }
    #expect("\(mismatch)".contains("\"b\" is [3], but the model expects [4]"))
  }
}
