import SfumatoBackend
import SfumatoJSON

extension KernelReport {
  /// Reports by name: an object each, with numbers under the field's names and, in `driver`, under the driver's own.
  public static func json(_ reports: some Collection<KernelReport>) -> JSONValue {
    .array(reports.sorted { ($0.name, $0.pipeline) < ($1.name, $1.pipeline) }.map { .object($0.json) })
  }

  private var json: JSONObject {
    var object: JSONObject = ["kernel": .string(name), "subgroup_size": .integer(subgroupSize)]
    for field in Field.allCases { object[field.rawValue] = self[field].map(JSONValue.number) ?? .null }
    var driver = JSONObject()
    for statistic in statistics { driver[statistic.name] = .number(statistic.value) }
    object["driver"] = .object(driver)
    return object
  }
}
