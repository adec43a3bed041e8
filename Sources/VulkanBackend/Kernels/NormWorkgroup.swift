/// A workgroup that normalises a group of an image by itself, with the group's elements in its invocations' registers
/// (`norm/group.glsl`): memory is read once, and no other kernel computes statistics first.
struct NormWorkgroup: Equatable {
  /// Invocations, a power of two.
  let threads: Int
  /// Pixels at once.
  let rows: Int
  /// Elements an invocation.
  let each: Int

  /// nil where a group does not fit, or where barriers are dear.
  ///
  /// - Parameter tensors: how many of the size of the image stay in registers.
  init?(_ geometry: NormGeometry, _ limits: KernelLimits, tensors: Int) {
    guard !limits.isSoftware else { return nil }
    var fitting: NormWorkgroup?
    var threads = 64
    while threads <= min(1024, limits.maxInvocations) {
      if let one = NormWorkgroup(geometry, threads: threads, tensors: tensors, limits.registers) {
        fitting = one
        if one.each <= 8 { break }
      }
      threads *= 2
    }
    guard let fitting else { return nil }
    self = fitting
  }

  private init?(_ geometry: NormGeometry, threads: Int, tensors: Int, _ registers: RegisterBudget) {
    rows = threads / geometry.width
    guard rows > 0 else { return nil }
    self.threads = threads
    each = max(1, (geometry.pixels + rows - 1) / rows)
    guard tensors * each <= registers.elements(threads: threads) else { return nil }
  }
}
