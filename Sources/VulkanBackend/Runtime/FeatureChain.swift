/// Structures of features, each pointing to the one that was added before: what a device is opened with.
final class FeatureChain {
  /// The structure that was added last; nil for none. It is there as long as the chain.
  private(set) var first: UnsafeMutableRawPointer?
  private var structures: [UnsafeMutableRawPointer] = []

  /// Puts a copy of a structure before those that are there already.
  func add<Feature>(_ feature: Feature, _ pNext: WritableKeyPath<Feature, UnsafeMutableRawPointer?>) {
    let structure = UnsafeMutablePointer<Feature>.allocate(capacity: 1)
    structure.initialize(to: feature)
    structure.pointee[keyPath: pNext] = first
    first = UnsafeMutableRawPointer(structure)
    structures.append(UnsafeMutableRawPointer(structure))
  }

  // They come from C and need no more than their memory to be given back.
  deinit { for structure in structures { structure.deallocate() } }
}
