/// How a matrix product or a pass of a convolution is computed, among the algorithms that there are.
struct KernelChoice: Hashable {
  enum Method: String, CaseIterable {
    /// As a matrix product, for convolutions an implicit one.
    case direct
    /// By `WinogradTiles`.
    case winograd
  }

  var method = Method.direct
  /// Of `Tiling.sizes`; nil for the usual one.
  var size: Int?
  /// A matrix of sums of a whole workgroup, of `WorkgroupMatrices.tiles`; nil for the usual engine. A device must have been seen to compute
  /// rightly by it.
  var tile: WorkgroupTile?
  /// The most workgroups that the depth of a product is shared out to make.
  var spread: Spread = .usual

  enum Spread: String, CaseIterable {
    case none
    case usual
    case wide
  }

  /// Its name where choices are kept: the method, then what is not usual.
  var name: String {
    var words = [method.rawValue]
    if let size { words.append("size \(size)") }
    if let tile { words.append("tile \(tile.name)") }
    if spread != .usual { words.append("spread \(spread.rawValue)") }
    return words.joined(separator: ", ")
  }
}
