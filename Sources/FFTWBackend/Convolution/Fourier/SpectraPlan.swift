import SfumatoCompiler
import SfumatoGraph

/// Where a pass finds the spectra of a map's tiles that it shares with others, or leaves them for them.
struct SharedSpectrum {
  /// In floats, from the start of what the workspace keeps.
  var offset: Int
  /// Whether this pass makes them.
  var isMadeHere: Bool
}

/// What a pass shares of the spectra of its two operands; nil what it has for itself. Those of weights are made anew in each
/// pass, piece by piece in the cache: to write and to read them takes longer.
struct SharedSpectra {
  var a: SharedSpectrum?
  var b: SharedSpectrum?
}

/// Which spectra a program's convolutions share, and where these are kept from the pass that makes them to the last one that
/// reads them. A value is assigned once, so whatever becomes of its memory, its spectra stay right for the step.
struct SpectraPlan {
  /// A pass in the frequency domain: its node, and the two operands.
  struct Pass {
    var node: Int
    var shape: FourierConvolution
    var a: ValueID
    var b: ValueID
  }

  /// Floats that are kept at most at one time.
  let floats: Int
  private let shared: [Int: SharedSpectra]

  /// - Parameters:
  ///   - passes: in the order in which they run.
  ///   - limit: floats there is room for; where more would be kept, nothing is.
  init(_ passes: [Pass], limit: Int = .max) {
    var entries: [Entry] = [], index: [Key: Int] = [:]
    var uses: [(pass: Pass, a: Int, b: Int?)] = []
    func note(_ pass: Pass, _ value: ValueID, _ layout: TileLayout) -> Int {
      let key = Key(value: value, layout: layout, block: pass.shape.tileBlock)
      if let known = index[key] {
        entries[known].last = pass.node
        return known
      }
      index[key] = entries.count
      entries.append(Entry(floats: pass.shape.floats(layout), first: pass.node, last: pass.node))
      return entries.count - 1
    }
    for pass in passes {
      let a = note(pass, pass.a, pass.shape.signal)
      let b = pass.shape.pass == .gradWeight ? note(pass, pass.b, pass.shape.gradient) : nil
      uses.append((pass, a, b))
    }
    let lives = entries.enumerated().filter { $1.last > $1.first }.map { number, entry in
      Life(value: number, byteCount: entry.floats * 4, first: entry.first, last: entry.last)
    }
    let (offsets, byteCount) = packByLiveness(lives)
    guard byteCount / 4 <= limit else {
      (floats, shared) = (0, [:])
      return
    }
    floats = byteCount / 4
    shared = Dictionary(
      uniqueKeysWithValues: uses.map { pass, a, b in
        func share(_ number: Int) -> SharedSpectrum? {
          offsets[number].map {
            SharedSpectrum(offset: $0 / 4, isMadeHere: entries[number].first == pass.node)
          }
        }
        return (pass.node, SharedSpectra(a: share(a), b: b.flatMap(share)))
      })
  }

  subscript(node: Int) -> SharedSpectra { shared[node] ?? SharedSpectra() }

  /// Passes that agree in this have the same spectra in the same order.
  private struct Key: Hashable {
    var value: ValueID
    var layout: TileLayout
    var block: Int
  }

  private struct Entry {
    var floats: Int
    var first: Int
    var last: Int
  }
}

extension FourierConvolution {
  /// Floats of the spectra of a map's tiles.
  func floats(_ layout: TileLayout) -> Int { frequencyCount * 2 * layout.channels * layout.tiles }
}
