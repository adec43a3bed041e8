import SfumatoConformance
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Winograd's tiles of 4×4 outputs.
@Suite(.serialized) struct WinogradTests {
  private func geometry(_ height: Int, _ width: Int, _ inC: Int, _ outC: Int, pad: (Int, Int) = (1, 1))
    -> ConvGeometry
  {
    ConvGeometry(
      inputHeight: height, inputWidth: width, inChannels: inC, outChannels: outC, kernelHeight: 3,
      kernelWidth: 3, padTop: pad.0, padLeft: pad.1, padBottom: pad.1, padRight: pad.0)
  }

  private func check(_ g: ConvGeometry, batch: Int, on device: VulkanDevice) throws {
    let (x, y) = (g.inputShape(batch: batch), g.outputShape(batch: batch))
    let passes = [
      (Op.conv(g), [x, g.weightShape]), (.convGradInput(g), [y, g.weightShape]),
      (.convGradWeight(g), [x, y]),
    ]
    for (op, operands) in passes {
      let test = ConformanceCase(op.name, "\(g)", inputs: operands.map { .init(.f32, $0, .uniform(-1, 1)) }) {
        try $0[0].graph.applyAll(op, $0)
      }
      let result = try test.run(on: device, order: 0)
      #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
    }
    #expect(device.tuner.taken["kernels"].values.allSatisfy { $0 == "winograd" })
    expectNoMessages(device)
  }

  /// Heights and widths that tiles do not divide, paddings from none to the widest, on a software device and as on another.
  @Test(arguments: [true, false]) func everyPass(onSoftware: Bool) throws {
    guard let device = try testDevice() else { return }
    device.tuner.method = .winograd
    if !onSoftware {
      device.limits.takeGPUKernels()
    }
    try check(geometry(8, 8, 16, 32), batch: 2, on: device)
    try check(geometry(7, 5, 12, 8), batch: 3, on: device)
    try check(geometry(3, 9, 4, 20, pad: (0, 2)), batch: 1, on: device)
    try check(geometry(6, 3, 8, 4, pad: (2, 0)), batch: 2, on: device)
  }

  /// Images in several runs, the last one shorter.
  @Test func imageByImage() throws {
    guard let device = try testDevice() else { return }
    device.tuner.method = .winograd
    let g = geometry(8, 12, 8, 16)
    device.limits.maxRange = 2 * WinogradTiles(g, turned: false).imageBytes + 1024
    try check(g, batch: 5, on: device)
  }

  @Test func onlyWherePossible() throws {
    guard let device = try testDevice() else { return }
    func tiles(_ g: ConvGeometry, _ limits: KernelLimits) -> WinogradTiles? {
      let types = [TensorType(.f32, g.inputShape(batch: 2)), TensorType(.f32, g.weightShape)]
      return KernelTask(.conv(g), types, TensorType(.f32, g.outputShape(batch: 2)))?.winogradTiles(limits)
    }
    #expect(tiles(geometry(8, 8, 16, 16), device.limits) != nil)
    #expect(tiles(geometry(8, 8, 6, 16), device.limits) == nil)
    var strided = geometry(8, 8, 16, 16)
    strided.strideH = 2
    #expect(tiles(strided, device.limits) == nil)
    var small = device.limits
    small.maxRange = 4096
    #expect(tiles(geometry(8, 8, 16, 16), small) == nil)
  }

  /// Wide layers pay for the way to the points and back, narrow ones do not.
  @Test func costs() {
    func isCheaper(_ channels: Int, onCPU: Bool) -> Bool {
      WinogradTiles(geometry(16, 16, channels, channels), turned: false).areCheaper(onCPU: onCPU)
    }
    #expect(isCheaper(256, onCPU: true) && isCheaper(256, onCPU: false))
    #expect(isCheaper(32, onCPU: true) && !isCheaper(32, onCPU: false))
    #expect(!isCheaper(8, onCPU: true))
  }
}
