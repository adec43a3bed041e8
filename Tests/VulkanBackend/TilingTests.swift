import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Which engine multiplies, and into how many workgroups.
@Suite struct TilingTests {
  private func limits(
    lanes: Int? = nil, float16: CooperativeMatrix? = nil, subgroupSize: Int = 32
  ) -> KernelLimits {
    var limits = KernelLimits.ofGPU
    limits.isSoftware = lanes != nil
    limits.lanes = lanes
    limits.matrices.float16 = float16
    limits.subgroupSize = subgroupSize
    return limits
  }

  private func tiling(
    _ m: Int, _ n: Int, _ limits: KernelLimits, isOdd: Bool = false, along: Bool = false, dtype: DType = .f32,
    storesFloats: Bool = true
  ) -> Tiling {
    Tiling(
      .init(
        m: m, n: n, aAlongM: along, bAlongN: along, isOdd: isOdd, dtype: dtype, storesFloats: storesFloats),
      limits)
  }

  @Test func sharedTiles() {
    let large = tiling(128 * 200 + 1, 64, limits())
    #expect(large.suffix == "_tile" && large.tilesM == 201 && large.tilesN == 1 && large.constants == [2])
    // Smaller ones where large ones would be too few to fill a GPU,
    let few = tiling(128 * 128, 64, limits())
    #expect(few.suffix == "_tile" && few.tilesM == 256 && few.constants == [1])
    // but not where there are many such products.
    let many = Tiling(.init(m: 129, n: 64, count: 100, isOdd: false), limits())
    #expect(many.tilesM == 2 && many.constants == [2])
    // Where registers are few, a workgroup always computes half as much.
    var small = limits()
    small.registers = .small
    let narrow = tiling(128 * 200 + 1, 64, small)
    #expect(narrow.tilesM == 401 && narrow.constants == [1])
    #expect(tiling(1, 1, limits(), isOdd: true).suffix == "_tile_odd")
  }

  /// Which of both is faster is measured where there are both.
  @Test func sharedTilesOfBothSizes() {
    var small = limits()
    small.registers = .small
    #expect(Tiling.sizes(.f32, limits()) == [128, 64] && Tiling.sizes(.f32, small).isEmpty)
    for m in [64, 128 * 200 + 1] {
      for (size, bands) in [(128, 2), (64, 1)] {
        var product = Tiling.Product(m: m, n: 64, isOdd: false)
        product.size = size
        let tiling = Tiling(product, limits())
        #expect(tiling.constants == [bands] && tiling.tilesM == (m + size - 1) / size)
      }
    }
  }

  /// Every lane has 64 sums, or 128 where loads cover four rows and four columns.
  @Test(arguments: [4, 8]) func lanes(_ lanes: Int) {
    for along in [false, true] {
      let tiling = tiling(1000, 1000, limits(lanes: lanes), along: along)
      let (rows, columns) = (tiling.constants[1], tiling.constants[2]), step = along ? 4 : 1
      #expect(tiling.suffix == "_lanes" && tiling.constants[0] == lanes)
      let sums = rows * lanes * step * columns * step
      #expect(sums == (along && lanes == 8 ? 128 : 64), "\(along): \(sums)")
      #expect(tiling.tilesM == (1000 + rows * lanes * step - 1) / (rows * lanes * step))
      #expect(tiling.tilesN == (1000 + columns * lanes * step - 1) / (columns * lanes * step))
    }
    var product = Tiling.Product(m: 1000, n: 1000, isOdd: false)
    product.size = 128
    let large = Tiling(product, limits(lanes: lanes))
    #expect(Tiling.sizes(.f32, limits(lanes: lanes)) == [128])
    #expect(
      large.constants == [lanes, 32 / lanes, 4] && large.tilesM == 32
        && large.tilesN == (1000 + 4 * lanes - 1) / (4 * lanes))
    // A narrow product wastes no lanes on columns that are not there.
    #expect(tiling(1000, 3, limits(lanes: lanes)).constants[2] == 1)
    #expect(tiling(9, 9, limits(lanes: lanes), isOdd: true).suffix == "_lanes_odd")
  }

  @Test func matrices() {
    let matrix = CooperativeMatrix(m: 16, n: 8, k: 16)
    let large = tiling(4096, 4096, limits(float16: matrix), dtype: .f16)
    #expect(large.suffix == "_coop_f16" && large.tilesM == 32 && large.tilesN == 32)
    #expect(large.constants == [128, 16, 8, 16, 4, 8, 2, 2, 1] && large.subgroupSize == 32)
    // Too few workgroups of 128 × 128: smaller ones.
    let small = tiling(256, 256, limits(float16: matrix), dtype: .f16, storesFloats: false)
    #expect(small.tilesM == 4 && small.tilesN == 4 && small.constants == [128, 16, 8, 16, 2, 4, 2, 2, 0])
    // Other types go the usual way.
    #expect(tiling(256, 256, limits(float16: matrix), dtype: .f32).suffix == "_tile")
    #expect(tiling(256, 256, limits(lanes: 8, float16: matrix), dtype: .f32).suffix == "_lanes")
  }
}
