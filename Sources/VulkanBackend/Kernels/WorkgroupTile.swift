import SfumatoGraph

/// What a workgroup computes where matrices belong to whole workgroups (`matmul/wide.glsl`): rows × columns sums, so many steps of the
/// depth at once.
struct WorkgroupTile: Hashable {
  var invocations: Int
  var rows: Int
  var columns: Int
  var depth: Int

  /// Those that products are tried with, which load operands straight from memory.
  static let direct = [
    WorkgroupTile(invocations: 256, rows: 128, columns: 256, depth: 64),
    WorkgroupTile(invocations: 256, rows: 128, columns: 128, depth: 64),
    WorkgroupTile(invocations: 128, rows: 64, columns: 64, depth: 64),
  ]
  /// Those of convolutions, whose operands go through shared memory.
  static let staged = direct.map { tile in
    var tile = tile
    tile.depth = 32
    return tile
  }

  /// The shared memory that both operands take, in bytes: lines along the depth or across it, whichever are more, and 16 bytes more a line.
  var stagedByteCount: Int {
    [rows, columns].reduce(0) { $0 + max($1 * (2 * depth + 16), depth * (2 * $1 + 16)) }
  }

  /// For people, and where choices are kept.
  var name: String { "\(rows)×\(columns)" }
}

/// The matrices of whole workgroups that a device has (VK_NV_cooperative_matrix2); none on most.
struct WorkgroupMatrices: Equatable {
  /// Extents of matrices are multiples of these, for workgroups of so many invocations.
  struct Granularity: Equatable {
    var dtype: DType
    var m: Int
    var n: Int
    var k: Int
    var invocations: Int
  }

  var granularities: [Granularity] = []
  /// The largest extent of a matrix.
  var maxDimension = 0
  /// The most invocations of a workgroup that has matrices.
  var maxInvocations = 0
  /// The shared memory that the driver leaves to a kernel with them, in bytes.
  var sharedByteCount = 0

  var isEmpty: Bool { granularities.isEmpty }

  /// The tiles by which products of `dtype` can be computed.
  func tiles(_ dtype: DType, isStaged: Bool) -> [WorkgroupTile] {
    (isStaged ? WorkgroupTile.staged : WorkgroupTile.direct).filter { tile in
      tile.invocations <= maxInvocations && max(tile.rows, tile.columns, tile.depth) <= maxDimension
        && (!isStaged || tile.stagedByteCount <= sharedByteCount)
        && granularities.contains {
          $0.dtype == dtype && $0.invocations == tile.invocations && tile.rows % $0.m == 0
            && tile.columns % $0.n == 0 && tile.depth % $0.k == 0
        }
    }
  }
}
