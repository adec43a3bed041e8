import Foundation
import SfumatoBackend
import SfumatoConformance
import SfumatoFFTWBackend
import Testing

@testable import SfumatoPlugin

/// `docs/write-a-backend.md`, followed to the letter: what it builds compiles after every step, and computes what it should.
@Suite(.enabled(if: Compiler.isThere, Comment(rawValue: Compiler.missing)))
struct TutorialTests {
  /// The blocks of C code, in order.
  private static func blocks() throws -> [String] {
    let text = try String(
      contentsOfFile: PluginFolder.repository + "/docs/write-a-backend.md", encoding: .utf8)
    return text.components(separatedBy: "\n```c\n").dropFirst().map { part in
      part.components(separatedBy: "\n```\n")[0]
    }
  }

  /// Definitions with the comments before them: what empty lines outside of braces part.
  private static func definitions(_ code: String) -> [String] {
    var definitions: [String] = [], lines: [Substring] = [], depth = 0
    for line: Substring in code.split(separator: "\n", omittingEmptySubsequences: false) + [""] {
      if line.isEmpty, depth == 0 {
        if !lines.isEmpty { definitions.append(lines.joined(separator: "\n")) }
        lines = []
      } else {
        lines.append(line)
        depth += line.count { $0 == "{" } - line.count { $0 == "}" }
      }
    }
    return definitions
  }

  /// What a definition defines: a struct's or a function's name; nil for includes and lone comments.
  private static func name(_ definition: String) -> String? {
    guard
      let line = definition.split(separator: "\n").first(where: { !$0.hasPrefix("//") && !$0.hasPrefix("#") })
    else { return nil }
    if let match = line.firstMatch(of: /^(?:typedef )?(?:struct|enum) (\w+) \{/) { return String(match.1) }
    return line.firstMatch(of: /(\w+)\s*(?:\(|\[|=)/).map { String($0.1) }
  }

  /// The file after a block was put into it: it replaces what has the same names, where the first of them was.
  private static func replacing(_ file: [String], by block: [String]) -> [String] {
    let names = Set(block.compactMap(name))
    guard let place = file.firstIndex(where: { name($0).map(names.contains) ?? false }) else {
      return file + block
    }
    let kept = { (part: ArraySlice<String>) in part.filter { !(name($0).map(names.contains) ?? false) } }
    return kept(file[..<place]) + block + kept(file[place...])
  }

  @Test func everyStepCompilesAndTheLastIsRight() throws {
    let folder = try PluginFolder()
    let blocks = try Self.blocks()
    #expect(blocks.count >= 8)
    var file = Self.definitions(blocks[0]), libraries: [String] = []
    for (step, block) in blocks.enumerated() {
      if step > 0 { file = Self.replacing(file, by: Self.definitions(block)) }
      // The page asks for this line in words.
      if file.contains(where: { Self.name($0) == "buffer_import" }),
        let table = file.firstIndex(where: { $0.contains("  .wait = wait,\n}") })
      {
        file[table] = file[table].replacingOccurrences(
          of: "  .wait = wait,\n", with: "  .wait = wait,\n  .buffer_import = buffer_import,\n")
      }
      let source = try folder.write("mini-\(step).c", Array((file.joined(separator: "\n\n") + "\n").utf8))
      // A step of several blocks is whole only after its last one.
      let flags = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
      if let library = try? folder.compile([source], as: "mini-\(step).so", flags: flags) {
        libraries.append(library)
      }
      if step == 0 { #expect(libraries.count == 1) }
      if step == blocks.count - 1 {
        #expect(throws: Never.self) { try folder.compile([source], as: "mini-last.so", flags: flags) }
      }
    }
    #expect(libraries.count >= 6)
    let last = try PluginLibrary(path: #require(libraries.last))
    #expect(last.name == "mini")
    let cpu: @Sendable () throws -> any HostDevice = { try FFTWBackend(options: .init(threads: 1)).openCPU() }
    let device = try PluginBackend(last, options: .init(fallback: cpu)).open(0)
    for test in ConformanceCase.products + ConformanceCase.pointwise where !test.isLarge {
      let result = try test.run(on: device, order: 0)
      #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
    }
  }
}
