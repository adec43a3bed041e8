/// Commands that belong together, as those of one node do: profiles and debuggers tell groups apart, and long work is cut
/// between them, never inside.
struct CommandGroup {
  /// For people.
  var name: String
  var commands: [Command]
}
