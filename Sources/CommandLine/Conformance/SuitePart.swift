import ArgumentParser

/// Part `number` of `count`, from 1, of a suite: read from `2/8`.
struct SuitePart: ExpressibleByArgument {
  let number: Int
  let count: Int

  init?(argument: String) {
    let words = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard words.count == 2, let number = words[0], let count = words[1], count >= 1,
      (1...count).contains(number)
    else { return nil }
    self.number = number
    self.count = count
  }
}
