import SfumatoJSON

extension UNet2DConfiguration {
  /// Reads diffusers' `config.json`; absent keys take the defaults.
  ///
  /// - Throws: `ModelError` for an unknown key, a value of the wrong type, or one that is not supported.
  public init(json: JSONValue) throws(ModelError) {
    guard let values = json.object else { throw .notAnObject(found: json.kind) }
    try self.init(Reader(values: values))
  }

  private init(_ read: Reader) throws(ModelError) {
    self.init()
    let known = Set(json.object?.keys ?? []).union(["_name_or_path"])
    for key in read.values.keys where !known.contains(key) {
      throw .unknownKey(key, known: known.sorted())
    }
    try read.only("_class_name", ["UNet2DModel"])
    try read.only("act_fn", ["silu", "swish"])
    try read.only("downsample_type", ["conv"])
    try read.only("upsample_type", ["conv"])
    if let type = try read.optional("class_embed_type", or: nil, read.text) {
      throw .unsupported(key: "class_embed_type", value: "\"\(type)\"", allowed: "null")
    }
    if let type = try read.optional("mid_block_type", or: "UNetMidBlock2D", read.text) {
      try read.only("mid_block_type", ["UNetMidBlock2D"])
      hasMidBlock = type == "UNetMidBlock2D"
    } else {
      hasMidBlock = false
    }
    sampleSize = try read.optional("sample_size", or: nil, read.size)
    inChannels = try read.value("in_channels", or: inChannels, read.integer)
    outChannels = try read.value("out_channels", or: outChannels, read.integer)
    centerInputSample = try read.value("center_input_sample", or: centerInputSample, read.flag)
    timeEmbeddingType = try read.choice("time_embedding_type", or: timeEmbeddingType)
    timeEmbeddingDim = try read.optional("time_embedding_dim", or: nil, read.integer)
    freqShift = try read.value("freq_shift", or: freqShift, read.number)
    flipSinToCos = try read.value("flip_sin_to_cos", or: flipSinToCos, read.flag)
    downBlockTypes = try read.choices("down_block_types", or: downBlockTypes)
    upBlockTypes = try read.choices("up_block_types", or: upBlockTypes)
    blockOutChannels = try read.value("block_out_channels", or: blockOutChannels, read.integers)
    layersPerBlock = try read.value("layers_per_block", or: layersPerBlock, read.integer)
    midBlockScaleFactor = try read.value("mid_block_scale_factor", or: midBlockScaleFactor, read.number)
    downsamplePadding = try read.value("downsample_padding", or: downsamplePadding, read.integer)
    dropout = try read.value("dropout", or: dropout, read.number)
    attentionHeadDim = try read.optional("attention_head_dim", or: attentionHeadDim, read.integer)
    normNumGroups = try read.value("norm_num_groups", or: normNumGroups, read.integer)
    attnNormNumGroups = try read.optional("attn_norm_num_groups", or: nil, read.integer)
    normEps = try read.value("norm_eps", or: normEps, read.number)
    resnetTimeScaleShift = try read.choice("resnet_time_scale_shift", or: resnetTimeScaleShift)
    addAttention = try read.value("add_attention", or: addAttention, read.flag)
    numClassEmbeds = try read.optional("num_class_embeds", or: nil, read.integer)
    numTrainTimesteps = try read.optional("num_train_timesteps", or: nil, read.integer)
    try validate()
  }

  /// diffusers' `config.json`, with every key.
  public var json: JSONValue {
    var object = JSONObject()
    for (key, value) in members { object[key] = value }
    return .object(object)
  }

  private var members: [(String, JSONValue)] {
    let size = sampleSize.map { $0.count == 2 && $0[0] == $0[1] ? .integer($0[0]) : integers($0) }
    return [
      ("_class_name", .string("UNet2DModel")), ("_diffusers_version", .string("0.30.0")),
      ("sample_size", size ?? .null), ("in_channels", .integer(inChannels)),
      ("out_channels", .integer(outChannels)), ("center_input_sample", .bool(centerInputSample)),
      ("time_embedding_type", .string(timeEmbeddingType.rawValue)),
      ("time_embedding_dim", integer(timeEmbeddingDim)), ("freq_shift", shortest(freqShift)),
      ("flip_sin_to_cos", .bool(flipSinToCos)), ("down_block_types", names(downBlockTypes)),
      ("mid_block_type", hasMidBlock ? .string("UNetMidBlock2D") : .null),
      ("up_block_types", names(upBlockTypes)), ("block_out_channels", integers(blockOutChannels)),
      ("layers_per_block", .integer(layersPerBlock)),
      ("mid_block_scale_factor", shortest(midBlockScaleFactor)),
      ("downsample_padding", .integer(downsamplePadding)), ("downsample_type", .string("conv")),
      ("upsample_type", .string("conv")), ("dropout", .number(dropout)), ("act_fn", .string("silu")),
      ("attention_head_dim", integer(attentionHeadDim)), ("norm_num_groups", .integer(normNumGroups)),
      ("attn_norm_num_groups", integer(attnNormNumGroups)), ("norm_eps", .number(normEps)),
      ("resnet_time_scale_shift", .string(resnetTimeScaleShift.rawValue)),
      ("add_attention", .bool(addAttention)), ("class_embed_type", .null),
      ("num_class_embeds", integer(numClassEmbeds)), ("num_train_timesteps", integer(numTrainTimesteps)),
    ]
  }
}

private func integer(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }

private func integers(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }

private func names(_ values: [some RawRepresentable<String>]) -> JSONValue {
  .array(values.map { .string($0.rawValue) })
}

/// Whole numbers without a fraction, as diffusers writes them.
private func shortest(_ value: Double) -> JSONValue {
  Int(exactly: value).map { .integer($0) } ?? .number(value)
}

/// Typed access to the values of a configuration.
private struct Reader {
  let values: JSONObject

  /// The value of `key`, `fallback` where it is absent; null is an error.
  func value<Value>(
    _ key: String, or fallback: Value, _ parse: (String, JSONValue) throws(ModelError) -> Value
  ) throws(ModelError) -> Value {
    guard let value = values[key] else { return fallback }
    return try parse(key, value)
  }

  /// The value of `key`, `fallback` where it is absent, nil where it is null.
  func optional<Value>(
    _ key: String, or fallback: Value?, _ parse: (String, JSONValue) throws(ModelError) -> Value
  ) throws(ModelError) -> Value? {
    guard let value = values[key] else { return fallback }
    return value == .null ? nil : try parse(key, value)
  }

  /// Checks that `key`, if it is there, is one of `allowed`.
  func only(_ key: String, _ allowed: [String]) throws(ModelError) {
    guard let value = values[key] else { return }
    let text = try text(key, value)
    if !allowed.contains(text) {
      throw .unsupported(key: key, value: "\"\(text)\"", allowed: Self.list(allowed))
    }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, or fallback: Choice
  ) throws(ModelError) -> Choice where Choice.RawValue == String {
    guard let value = values[key] else { return fallback }
    return try parse(key, try text(key, value))
  }

  func choices<Choice: RawRepresentable & CaseIterable>(
    _ key: String, or fallback: [Choice]
  ) throws(ModelError) -> [Choice] where Choice.RawValue == String {
    guard let value = values[key] else { return fallback }
    guard let names = value.array else { throw .wrongType(key: key, expected: "a list of names") }
    var choices: [Choice] = []
    for name in names { choices.append(try parse(key, try text(key, name))) }
    return choices
  }

  private func parse<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ name: String
  ) throws(ModelError) -> Choice where Choice.RawValue == String {
    guard let choice = Choice(rawValue: name) else {
      throw .unsupported(key: key, value: "\"\(name)\"", allowed: Self.list(Choice.allCases.map(\.rawValue)))
    }
    return choice
  }

  func text(_ key: String, _ value: JSONValue) throws(ModelError) -> String {
    guard let text = value.string else { throw .wrongType(key: key, expected: "text") }
    return text
  }

  func flag(_ key: String, _ value: JSONValue) throws(ModelError) -> Bool {
    guard let flag = value.bool else { throw .wrongType(key: key, expected: "true or false") }
    return flag
  }

  func number(_ key: String, _ value: JSONValue) throws(ModelError) -> Double {
    guard let number = value.number else { throw .wrongType(key: key, expected: "a number") }
    return number
  }

  func integer(_ key: String, _ value: JSONValue) throws(ModelError) -> Int {
    guard let integer = value.number.flatMap(Int.init(exactly:)) else {
      throw .wrongType(key: key, expected: "a whole number")
    }
    return integer
  }

  func integers(_ key: String, _ value: JSONValue) throws(ModelError) -> [Int] {
    guard let list = value.array else {
      throw .wrongType(key: key, expected: "a list of whole numbers")
    }
    var integers: [Int] = []
    for element in list { integers.append(try integer(key, element)) }
    return integers
  }

  /// One number for both sides, or (height, width).
  func size(_ key: String, _ value: JSONValue) throws(ModelError) -> [Int] {
    guard value.array != nil else {
      let side = try integer(key, value)
      return [side, side]
    }
    let sides = try integers(key, value)
    guard sides.count == 2 else {
      throw .wrongType(key: key, expected: "one number or a height and a width")
    }
    return sides
  }

  private static func list(_ names: [String]) -> String {
    names.map { "\"\($0)\"" }.joined(separator: " or ")
  }
}
