import SfumatoGraph

/// Generates the kernel of several pointwise regions that do the same to different tensors. A table at binding 0 says which part of
/// which tensor each workgroup takes: for each workgroup (tensor, first element), then for each tensor its number of
/// elements and where each operand begins.
struct SiblingsKernel {
  /// The body over vectors of two elements, and of one where all elements read the same number.
  let body: Program
  /// The binding of each operand, counted from the one behind the table.
  let operandBindings: [Int]
  let isWritten: [Bool]
  let preservesSpecialFloats: Bool

  /// Elements that a workgroup takes.
  static let chunk = 256

  /// The table for tensors whose counts and operands' beginnings, in elements, are these.
  static func table(_ tensors: [(count: Int, begins: [Int])]) -> (words: [UInt32], groups: Int) {
    var groups: [UInt32] = []
    for (number, tensor) in tensors.enumerated() {
      for first in stride(from: 0, to: tensor.count, by: chunk) { groups += [UInt32(number), UInt32(first)] }
    }
    let rows = tensors.flatMap { [UInt32($0.count)] + $0.begins.map { UInt32($0) } }
    return (groups + rows, groups.count / 2)
  }

  /// The SPIR-V. Push constant: the number of workgroups.
  func words() throws(VulkanError) -> [UInt32] {
    var emission = PointwiseEmission(
      ModuleBuilder(preservesSpecialFloats: preservesSpecialFloats), body, bindings: operandBindings,
      isWritten: isWritten)
    let table = emission.module.declareBuffer(0)
    emission.declareBuffers(firstBinding: 1)
    let groups = emission.pushConstants(1)[0]
    let (group, lane) = emission.workgroup()
    let operandCount = operandBindings.count
    try emission.emit(whereLess: group, than: groups) { inside throws(VulkanError) in
      let one = inside.module.constant(1 as UInt32), two = inside.module.constant(2 as UInt32)
      let entry = inside.module.multiply(integers: group, two)
      let tensor = inside.module.load(entry, of: table)
      let first = inside.module.load(inside.module.add(integers: entry, one), of: table)
      let rows = inside.module.multiply(integers: groups, two)
      let width = inside.module.constant(UInt32(1 + operandCount))
      let row = inside.module.add(integers: rows, inside.module.multiply(integers: tensor, width))
      let count = inside.module.load(row, of: table)
      for operand in 0..<operandCount {
        let place = inside.module.add(integers: row, inside.module.constant(UInt32(1 + operand)))
        inside.offsets.append(inside.module.load(place, of: table))
      }
      let begin = inside.module.add(integers: first, lane)
      for step in 0..<Self.chunk / PointwiseKernel.localSize {
        let distance = inside.module.constant(UInt32(step * PointwiseKernel.localSize))
        let index = inside.module.add(integers: begin, distance)
        try inside.emit(whereLess: index, than: count) { element throws(VulkanError) in
          try element.emitElement(index)
        }
      }
    }
    emission.module.emit(.return, [])
    return emission.module.finish(localSize: UInt32(PointwiseKernel.localSize))
  }
}
