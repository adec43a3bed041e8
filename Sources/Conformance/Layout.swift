/// Where a case's operands and results lie. One operation is checked in several layouts, because a kernel that is
/// right on memory of its own may read or write beyond its tensors elsewhere.
public enum Layout: String, CaseIterable, Sendable {
  /// Inputs and outputs of the program, optimized.
  case plain
  /// The same, every node by itself.
  case unfused
  /// Each operand is a view inside a larger input, between elements that must not be read (NaN, or a large integer).
  /// Each result is placed between guard elements of one larger tensor, at an address that no vector is aligned at;
  /// no byte lies between it and the guards, so a write of one element too many is seen.
  case guarded
  /// Operands are states, which stay; results are new states, in place of operands where the types allow. Between all
  /// of them lie sentinel states that the program does not know.
  case states

  /// The layouts in which a case is run at `order`.
  public static func all(of test: ConformanceCase, order: Int) -> [Layout] {
    if test.isLarge { return [.plain] }
    return order == 0 ? allCases : order == 1 ? [.plain, .guarded] : [.plain]
  }
}
