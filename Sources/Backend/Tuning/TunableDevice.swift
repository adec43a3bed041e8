import SfumatoJSON

/// A device that chooses between algorithms for the same thing by more than the program, such as by measuring. Other choices
/// may round differently, so who wants the same bits again keeps them.
public protocol TunableDevice: Device {
  /// Every choice that steps made so far rest on, in a form of this backend's own; empty before any was made.
  var tuning: JSONObject { get }

  /// Makes the same choices again wherever `tuning` has one, whatever was measured or asked for since. Concerns steps that are
  /// made afterwards.
  ///
  /// - Throws: `BackendError.badTuning` for something that `tuning` has not returned.
  func keep(_ tuning: JSONObject) throws(BackendError)
}
