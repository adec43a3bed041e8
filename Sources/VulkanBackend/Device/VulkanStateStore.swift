import SfumatoBackend
import SfumatoGraph

/// Named tensors in the memory of a Vulkan device.
final class VulkanStateStore: StateStore {
  let slots: [StateSlot]
  let device: LogicalDevice
  /// The buffers, by the number in the ranges' `BufferID`s.
  let buffers: [Buffer]
  private let places: [String: Operand]

  init(_ device: LogicalDevice, _ slots: [StateSlot]) throws(VulkanError) {
    self.device = device
    self.slots = slots
    // As few buffers as the driver allows, each slot at a multiple of 256 bytes.
    var sizes = [0]
    var places: [String: Operand] = [:]
    let limit = Int(clamping: device.memory.maxAllocation)
    for slot in slots {
      let bytes = slot.type.byteCount
      let taken = (bytes + 255) / 256 * 256
      if sizes[sizes.count - 1] + taken > limit, sizes[sizes.count - 1] > 0 { sizes.append(0) }
      let last = sizes.count - 1
      places[slot.name] = Operand(
        range: ByteRange(buffer: BufferID(index: last), offset: sizes[last], count: bytes), type: slot.type)
      sizes[last] += taken
    }
    self.places = places
    var request = MemoryRequest("parameters, averages and the optimizer's tensors")
    for (number, size) in sizes.enumerated() { request.add("states \(number)", size, .device) }
    try request.check(on: device)
    var buffers: [Buffer] = []
    for (number, size) in sizes.enumerated() {
      buffers.append(try Buffer(device, bytes: size, use: .device, name: "states \(number)"))
    }
    self.buffers = buffers
    try transfer(
      "zeros",
      buffers.indices.map {
        .zero(ByteRange(buffer: BufferID(index: $0), offset: 0, count: Int(buffers[$0].size)))
      })
  }

  /// Where a slot lies, in this store's own buffers.
  func place(_ name: String, _ type: TensorType) throws(BackendError) -> Operand {
    guard let place = places[name], place.type == type else {
      let found = places[name].map { "\($0.type)" } ?? "no such state"
      throw .mismatch(name: name, found: found, expected: "\(type)")
    }
    return place
  }

  func write(_ name: String, _ tensor: HostTensor) throws {
    let place = try place(name, tensor.type)
    guard place.range.count > 0 else { return }
    let staging = try Buffer(device, bytes: place.range.count, use: .upload, name: "upload of \(name)")
    guard let mapped = staging.mapped else { return }
    tensor.bytes.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { mapped.copyMemory(from: base, byteCount: bytes.count) }
    }
    let source = ByteRange(buffer: BufferID(index: buffers.count), offset: 0, count: place.range.count)
    try transfer("write of \(name)", [.copy(from: source, to: place.range)], staging)
  }

  func read(_ name: String) throws -> HostTensor {
    guard let place = places[name] else {
      throw BackendError.mismatch(name: name, found: "no such state", expected: "a state of this store")
    }
    guard place.range.count > 0 else { return HostTensor(zeros: place.type) }
    let staging = try Buffer(device, bytes: place.range.count, use: .readback, name: "readback of \(name)")
    let target = ByteRange(buffer: BufferID(index: buffers.count), offset: 0, count: place.range.count)
    try transfer("read of \(name)", [.copy(from: place.range, to: target)], staging)
    return HostTensor(place.type) { bytes in
      guard let mapped = staging.mapped else { return }
      bytes.copyMemory(from: UnsafeRawBufferPointer(start: mapped, count: place.range.count))
    }
  }

  /// Runs commands behind whatever the queue does now, and waits for them.
  private func transfer(
    _ name: String, _ commands: [Command], _ staging: Buffer? = nil
  ) throws(VulkanError) {
    var all: [BufferID: Buffer] = [:]
    for (index, buffer) in (buffers + (staging.map { [$0] } ?? [])).enumerated() {
      all[BufferID(index: index)] = buffer
    }
    let recording = try Recording(device, name, commands, buffers: all)
    try recording.submit()
    try recording.wait()
  }
}
