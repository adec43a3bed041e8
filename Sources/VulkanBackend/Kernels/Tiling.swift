import SfumatoGraph

/// How the outputs of a matrix product are cut into workgroups, and by which variant of a shader: one of the engines that
/// `matmul/engine.glsl` tells of.
struct Tiling {
  /// What the choice depends on.
  struct Product {
    var m: Int
    var n: Int
    /// Products of the same extents.
    var count = 1
    /// Whether A lies contiguously along its rows rather than its depth, and B along its columns.
    var aAlongM = false
    var bAlongN = false
    /// Whether an extent along which elements lie contiguously, or where an operand begins in its window, is no multiple of
    /// four elements.
    var isOdd: Bool
    /// What the operands are stored as.
    var dtype = DType.f32
    var storesFloats = true
    /// How much is computed at once, of `sizes`; nil for the usual.
    var size: Int?
    /// The matrix of a whole workgroup; nil for the usual engine.
    var tile: WorkgroupTile?
    /// Whether such matrices can be loaded from where the operands begin.
    var takesTiles = true
  }

  let tilesM: Int
  let tilesN: Int
  /// The shader's name ends so.
  let suffix: String
  let constants: [Int]
  /// The size of subgroups, where it matters.
  var subgroupSize: Int?
  /// Whether an element may be stored more than once: what is linked behind might read what it has overwritten.
  var storesRepeatedly = false

  var count: Int { tilesM * tilesN }

  init(_ product: Product, _ limits: KernelLimits) {
    if let tile = product.tile, product.takesTiles, limits.matrices[product.dtype] != nil {
      self.init(tile, product)
    } else if let matrix = limits.matrices[product.dtype] {
      self.init(matrix, product, limits)
    } else if let lanes = limits.lanes {
      self.init(lanes: lanes, product)
    } else {
      let large = Tiling(product, bands: limits.registers.bands)
      // Twice as many small workgroups rather than two runs that are added up afterwards.
      let isSmall = large.count * product.count * 2 <= limits.fullWorkgroups
      let rows = product.size ?? (isSmall ? Self.bandRows : Self.bandRows * limits.registers.bands)
      self = rows == Self.bandRows ? Tiling(product, bands: 1) : large
    }
  }

  /// `matmul/tile.glsl`.
  private init(_ product: Product, bands: Int) {
    (tilesM, tilesN, constants) = (
      Self.cut(product.m, Self.bandRows * bands), Self.cut(product.n, 64), [bands]
    )
    suffix = product.isOdd ? "_tile_odd" : "_tile"
  }

  /// `matmul/lanes.glsl`: 16 rows and 64 sums a lane, or 32 and 128, which not all compilers hold in registers.
  private init(lanes: Int, _ product: Product) {
    // What a load of all lanes covers.
    let rowsPerLoad = lanes * (product.aAlongM ? 4 : 1), columnsPerLoad = product.bAlongN ? 4 : 1
    let sums = product.size ?? 64
    let rows = max(1, sums / 4 / rowsPerLoad)
    let wanted = max(1, sums / (rows * rowsPerLoad * columnsPerLoad))
    let columns = min(wanted, Self.cut(product.n, lanes * columnsPerLoad))
    tilesM = Self.cut(product.m, rows * rowsPerLoad)
    tilesN = Self.cut(product.n, columns * lanes * columnsPerLoad)
    suffix = product.isOdd ? "_lanes_odd" : "_lanes"
    constants = [lanes, rows, columns]
  }

  /// `matmul/coop.glsl`: four subgroups, each 64 × 64 outputs, or fewer where these would be too few workgroups.
  private init(_ matrix: CooperativeMatrix, _ product: Product, _ limits: KernelLimits) {
    let grid = 2
    func tiles(_ side: Int) -> (m: Int, n: Int) {
      (Self.cut(product.m, grid * side), Self.cut(product.n, grid * side))
    }
    // What does not fit the registers is left to measurements.
    let sides = Self.sizes(product.dtype, limits).suffix(limits.registers.holdsLargeMatrices ? 2 : 1)
    let side =
      product.size ?? sides.first { tiles($0).m * tiles($0).n * product.count >= 96 }
      ?? sides[sides.endIndex - 1]
    let each = (m: max(1, side / matrix.m), n: max(1, side / matrix.n))
    tilesM = Self.cut(product.m, grid * each.m * matrix.m)
    tilesN = Self.cut(product.n, grid * each.n * matrix.n)
    suffix = "_coop_\(product.dtype)"
    constants = [
      grid * grid * limits.subgroupSize, matrix.m, matrix.n, matrix.k, each.m, each.n, grid, grid,
      product.storesFloats ? 1 : 0,
    ]
    subgroupSize = limits.controlsSubgroupSize ? limits.subgroupSize : nil
  }

  /// `matmul/wide.glsl`.
  private init(_ tile: WorkgroupTile, _ product: Product) {
    (tilesM, tilesN) = (Self.cut(product.m, tile.rows), Self.cut(product.n, tile.columns))
    suffix = "_wide_\(product.dtype)"
    constants = [tile.invocations, tile.rows, tile.columns, tile.depth, product.storesFloats ? 1 : 0]
    storesRepeatedly = true
  }

  /// How much is computed at once, the largest first: the sides of a subgroup's squares for `matmul/coop.glsl`, sums a lane beside
  /// the usual 64 for `matmul/lanes.glsl`, rows of a workgroup for `matmul/tile.glsl`.
  static func sizes(_ dtype: DType, _ limits: KernelLimits) -> [Int] {
    if limits.matrices[dtype] != nil { return limits.subgroupSize >= 32 ? [64, 32] : [16] }
    if limits.lanes != nil { return [128] }
    return limits.registers.bands == 1 ? [] : [bandRows * limits.registers.bands, bandRows]
  }

  /// Rows of a band of `matmul/tile.glsl`.
  private static let bandRows = 64

  private static func cut(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }
}
