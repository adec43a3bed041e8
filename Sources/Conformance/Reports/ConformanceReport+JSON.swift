import SfumatoBackend
import SfumatoGraph
import SfumatoJSON

extension ConformanceReport {
  /// The device, a row for each operation, and what must be looked at.
  public var json: JSONObject {
    [
      "backend": .string(device.backend), "device": .string(device.name),
      "kind": .string(device.kind.rawValue),
      "driver": .string(device.driver), "total": .object(total.json),
      "operations": .array(rows.map { .object($0.json) }),
      "problems": .array(problems.map { .object($0.json) }),
    ]
  }
}

extension ConformanceReport.Row {
  fileprivate var json: JSONObject {
    var object: JSONObject = ["operation": .string(operation), "checks": .integer(total)]
    for status in ConformanceStatus.allCases {
      object[status.rawValue.replacingSpaces] = .integer(counts[status, default: 0])
    }
    for dtype in DType.floats {
      if let error = errors[dtype] { object["error_\(dtype.rawValue)"] = .number(error) }
    }
    object["milliseconds"] = .number(milliseconds)
    return object
  }
}

extension ConformanceOutcome {
  /// op, detail, types, order, error, status, milliseconds, and what is wrong where something is.
  public var json: JSONObject {
    var object: JSONObject = [
      "op": .string(result.operation), "detail": .string(result.detail), "types": .string(result.types),
      "order": .integer(result.order), "error": result.error.isFinite ? .number(result.error) : .null,
      "status": .string(status.rawValue), "milliseconds": .number(result.milliseconds),
    ]
    if let failure = result.failure { object["problem"] = .string(failure) }
    return object
  }
}

extension String {
  fileprivate var replacingSpaces: String { String(map { $0 == " " ? "_" : $0 }) }
}
