import Testing

@testable import SfumatoCommandLine

@Suite struct TerminalTests {
  @Test func progressLinesReadLikeThis() {
    let bar = ProgressBar(title: "train", total: 200, unit: "step")
    #expect(
      bar.line(done: 84, elapsed: 42, postfix: "loss 0.123", width: 80)
        == "train:  42%|████████▍           | 84/200 [00:42<00:58, 2.00 step/s, loss 0.123]")
    #expect(
      bar.line(done: 0, elapsed: 0, postfix: "", width: 60)
        == "train:   0%|                    | 0/200 [00:00<?, ? step/s]")
    #expect(
      bar.line(done: 200, elapsed: 4000, postfix: "", width: 70).hasSuffix(
        "| 200/200 [1:06:40<00:00, 20.00 s/step]"))
  }

  @Test(arguments: [0, 1, 10, 30, 50, 80, 200]) func progressLinesFit(width: Int) {
    let bar = ProgressBar(title: "train", total: 1000, unit: "step")
    for done in [0, 1, 999, 1000, 1001] {
      #expect(
        bar.line(done: done, elapsed: 3.5, postfix: "loss 0.1", width: width).count <= max(0, width - 1))
    }
  }

  @Test func ratesCountThisRunOnly() {
    let bar = ProgressBar(title: "train", total: 200, first: 100, unit: "step")
    #expect(bar.details(done: 110, elapsed: 5, postfix: "") == "00:05<00:45, 2.00 step/s")
    #expect(bar.details(done: 100, elapsed: 5, postfix: "") == "00:05<?, ? step/s")
  }

  @Test func barsFillByEighths() {
    #expect(ProgressBar.bar(0, width: 3) == "   ")
    #expect(ProgressBar.bar(0.5, width: 3) == "█▌ ")
    #expect(ProgressBar.bar(1, width: 3) == "███")
  }

  @Test func colorFollowsItsOrder() {
    func color(_ when: TerminalStyle.When, _ environment: [String: String], _ isTerminal: Bool) -> Bool {
      TerminalStyle(when, environment: environment, isTerminal: isTerminal).hasColor
    }
    #expect(color(.auto, [:], true) && !color(.auto, [:], false))
    #expect(!color(.auto, ["NO_COLOR": "1"], true) && color(.auto, ["NO_COLOR": ""], true))
    #expect(!color(.auto, ["TERM": "dumb"], true))
    #expect(color(.always, ["NO_COLOR": "1", "TERM": "dumb"], false) && !color(.never, [:], true))
  }

  @Test func tablesAlign() {
    #expect(Terminal.table([["a", "bb", "c"], ["aaa", "b"]]) == "a    bb  c\naaa  b")
  }
}
