/// Buffers that are about to be made together.
struct MemoryRequest {
  /// Whose they are, for errors.
  var owner: String
  private(set) var pieces: [(name: String, bytes: Int, use: Buffer.Use)] = []

  init(_ owner: String) { self.owner = owner }

  mutating func add(_ name: String, _ bytes: Int, _ use: Buffer.Use, times: Int = 1) {
    for _ in 0..<times where bytes > 0 { pieces.append((name, bytes, use)) }
  }

  /// Bytes of all.
  var byteCount: Int { pieces.reduce(0) { $0 + $1.bytes } }

  /// Throws `VulkanError.memoryLimit` where a piece is larger than can be had at once, or a heap has too little left for its
  /// share: before anything is allocated.
  func check(on device: LogicalDevice) throws(VulkanError) {
    var shares: [Int: [(name: String, bytes: Int)]] = [:]
    for piece in pieces {
      guard piece.bytes <= device.memory.maxAllocation else {
        throw .memoryLimit(
          what: "\(owner) (\(piece.name))", bytes: piece.bytes,
          limit: "of the device's memory can be had at once (maxMemoryAllocationSize)",
          allowed: Int(clamping: device.memory.maxAllocation))
      }
      guard let type = Buffer.memoryType(device.physical, .max, piece.use) else { continue }
      shares[Int(device.physical.memoryTypes[type].heapIndex), default: []].append((piece.name, piece.bytes))
    }
    for (heap, share) in shares.sorted(by: { $0.key < $1.key }) {
      let bytes = share.reduce(0) { $0 + $1.bytes }, free = Int(clamping: device.memory.free(heap: heap))
      guard bytes <= free else {
        let largest = share.max { $0.bytes < $1.bytes }.map { ", most of it \($0.name)" } ?? ""
        throw .memoryLimit(
          what: owner + (share.count > 1 ? largest : ""), bytes: bytes,
          limit: "of the device's memory is free", allowed: free)
      }
    }
  }
}
