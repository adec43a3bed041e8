/// Elementwise operations, alone or fused into the region `pointwise`: a little machine that takes a block of elements
/// through all of them before it takes the next block. A register holds one value's block.
#include "walk.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 256 };

/// Fills a register from an input, element by element or repeated along axes.
typedef struct Load {
  const Word *from;
  uint32_t to;
  bool isRepeated;
  Walk walk;
} Load;

typedef struct Instruction {
  int32_t op;
  uint32_t to, from[3];
  Word constant;
} Instruction;

typedef struct Store {
  Word *to;
  uint32_t from;
} Store;

typedef struct Machine {
  int64_t count; // elements of every result
  uint32_t loadCount, instructionCount, storeCount;
  Load *loads;
  Instruction *instructions;
  Store *stores;
  Word (*registers)[BLOCK];
} Machine;

// ---- Running ----

static void load(const Load *load, Word *to, int64_t first, int64_t count) {
  if (!load->isRepeated) {
    memcpy(to, load->from + first, (size_t)count * sizeof *to);
    return;
  }
  Walk walk = load->walk;
  walkTo(&walk, first);
  for (int64_t i = 0; i < count; i++) {
    to[i] = load->from[walk.offset];
    walkOn(&walk);
  }
}

#define EACH(statement)                               \
  for (int64_t i = 0; i < count; i++) { statement; } \
  break

static void execute(const Instruction *it, Word (*registers)[BLOCK], int64_t count) {
  Word *r = registers[it->to];
  const Word *x = registers[it->from[0]], *y = registers[it->from[1]], *z = registers[it->from[2]];
  switch (it->op) {
    case SFUMATO_OP_CONSTANT: EACH(r[i] = it->constant);
    case SFUMATO_OP_EXP: EACH(r[i].real = expf(x[i].real));
    case SFUMATO_OP_LOG: EACH(r[i].real = logf(x[i].real));
    case SFUMATO_OP_SIN: EACH(r[i].real = sinf(x[i].real));
    case SFUMATO_OP_COS: EACH(r[i].real = cosf(x[i].real));
    case SFUMATO_OP_TANH: EACH(r[i].real = tanhf(x[i].real));
    case SFUMATO_OP_SQRT: EACH(r[i].real = sqrtf(x[i].real));
    case SFUMATO_OP_RECIPROCAL: EACH(r[i].real = 1 / x[i].real);
    case SFUMATO_OP_ERF: EACH(r[i].real = erff(x[i].real));
    case SFUMATO_OP_ADD: EACH(r[i].real = x[i].real + y[i].real);
    case SFUMATO_OP_MUL: EACH(r[i].real = x[i].real * y[i].real);
    case SFUMATO_OP_MAX: // Unlike fmaxf, a NaN wins.
      EACH(r[i] = x[i].real > y[i].real || isnan(x[i].real) ? x[i] : y[i]);
    case SFUMATO_OP_POW: EACH(r[i].real = powf(x[i].real, y[i].real));
    case SFUMATO_OP_LESS: EACH(r[i].bits = x[i].real < y[i].real);
    case SFUMATO_OP_EQUAL: EACH(r[i].bits = x[i].real == y[i].real);
    case SFUMATO_OP_SELECT: EACH(r[i] = x[i].bits ? y[i] : z[i]);
    default: EACH(r[i] = x[i]); // A repetition of what has the shape already.
  }
}

static void runMachine(const void *data) {
  const Machine *machine = data;
  for (int64_t first = 0; first < machine->count; first += BLOCK) {
    const int64_t left = machine->count - first, count = left < BLOCK ? left : BLOCK;
    for (uint32_t i = 0; i < machine->loadCount; i++)
      load(&machine->loads[i], machine->registers[machine->loads[i].to], first, count);
    for (uint32_t i = 0; i < machine->instructionCount; i++)
      execute(&machine->instructions[i], machine->registers, count);
    // Only now, for a result may lie in the memory of an operand.
    for (uint32_t i = 0; i < machine->storeCount; i++)
      memcpy(machine->stores[i].to + first, machine->registers[machine->stores[i].from], (size_t)count * sizeof(Word));
  }
}

// ---- One node as the body of a region ----

enum { MAX_OPERANDS = 3 };

/// Space for a region's body of one node, so that a node alone needs no rules of its own.
typedef struct Single {
  sfumato_program body;
  sfumato_node node;
  const sfumato_node *nodes[1];
  const sfumato_value *values[MAX_OPERANDS + 1];
  sfumato_port port[MAX_OPERANDS + 1];
  const sfumato_port *ports[MAX_OPERANDS + 1];
  uint32_t numbers[MAX_OPERANDS + 1];
} Single;

static const sfumato_program *bodyOf(const sfumato_program *program, const sfumato_node *node, Single *single) {
  if (node->op == SFUMATO_OP_REGION) return node->body;
  const uint32_t inputs = node->input_count;
  for (uint32_t i = 0; i <= inputs; i++) {
    single->values[i] = program->values[i < inputs ? node->inputs[i] : node->outputs[0]];
    single->port[i] = (sfumato_port){.struct_size = sizeof(sfumato_port), .name = "", .value = i, .update = i};
    single->ports[i] = &single->port[i];
    single->numbers[i] = i;
  }
  single->node = *node;
  single->node.inputs = single->numbers;
  single->node.outputs = single->numbers + inputs;
  single->nodes[0] = &single->node;
  single->body = (sfumato_program){
    .struct_size = sizeof single->body, .values = single->values, .nodes = single->nodes, .inputs = single->ports,
    .outputs = single->ports + inputs, .value_count = inputs + 1, .node_count = 1, .input_count = inputs,
    .output_count = 1,
  };
  return &single->body;
}

// ---- What it knows ----

/// The position of a value among the body's inputs, or -1.
static int64_t inputOf(const sfumato_program *body, uint32_t value) {
  for (uint32_t i = 0; i < body->input_count; i++)
    if (body->inputs[i]->value == value) return i;
  return -1;
}

static bool knowsTypes(const sfumato_program *body, const sfumato_node *node) {
  const int32_t result = body->values[node->outputs[0]]->dtype;
  if (result != SFUMATO_F32 && result != SFUMATO_BOOL) return false;
  if (node->op == SFUMATO_OP_CONSTANT) return node->data_count == 1;
  const int32_t x = body->values[node->inputs[0]]->dtype;
  if (x != SFUMATO_F32 && x != SFUMATO_BOOL) return false;
  switch (node->op) {
    case SFUMATO_OP_BROADCAST:
    case SFUMATO_OP_STOP_GRADIENT:
    case SFUMATO_OP_SELECT: return true;
    case SFUMATO_OP_CAST: return x == result;
    case SFUMATO_OP_ERF: return x == SFUMATO_F32;
    default: return node->op >= SFUMATO_OP_EXP && node->op <= SFUMATO_OP_EQUAL && x == SFUMATO_F32;
  }
}

static bool knowsElementwise(const sfumato_program *program, const sfumato_node *node) {
  Single single;
  if (node->op != SFUMATO_OP_REGION && node->input_count > MAX_OPERANDS) return false;
  const sfumato_program *body = bodyOf(program, node, &single);
  if (!body || body->output_count == 0) return false;
  const sfumato_value *shape = body->values[body->outputs[0]->value];
  for (uint32_t i = 0; i < body->node_count; i++) {
    const sfumato_node *each = body->nodes[i];
    if (each->output_count != 1 || each->input_count > MAX_OPERANDS || !knowsTypes(body, each)) return false;
    if (!isSameShape(body->values[each->outputs[0]], shape)) return false;
    for (uint32_t j = 0; j < each->input_count; j++) {
      const bool isRepeatedInput = each->op == SFUMATO_OP_BROADCAST && inputOf(body, each->inputs[j]) >= 0;
      if (!isRepeatedInput && !isSameShape(body->values[each->inputs[j]], shape)) return false;
    }
  }
  for (uint32_t i = 0; i < body->output_count; i++)
    if (!isSameShape(body->values[body->outputs[i]->value], shape)) return false;
  return true;
}

// ---- Making the machine ----

/// Repeats an input of the node along the axes where it has extent 1.
static Load repeatedLoad(const sfumato_value *from, const sfumato_value *to, const void *memory, uint32_t number) {
  Load load = {.from = memory, .to = number, .isRepeated = true, .walk.rank = to->rank};
  stridesOf(from, load.walk.strides);
  for (int32_t axis = 0; axis < to->rank; axis++) {
    load.walk.dims[axis] = to->dims[axis];
    if (from->dims[axis] == 1) load.walk.strides[axis] = 0;
  }
  return load;
}

static void addNode(Machine *machine, const sfumato_program *body, const sfumato_node *node, void *const *operands) {
  const int64_t input = node->op == SFUMATO_OP_BROADCAST ? inputOf(body, node->inputs[0]) : -1;
  if (input >= 0) {
    machine->loads[machine->loadCount++] = repeatedLoad(
        body->values[node->inputs[0]], body->values[node->outputs[0]], operands[input], node->outputs[0]);
    return;
  }
  Instruction *instruction = &machine->instructions[machine->instructionCount++];
  *instruction = (Instruction){.op = node->op, .to = node->outputs[0]};
  for (uint32_t i = 0; i < node->input_count; i++) instruction->from[i] = node->inputs[i];
  if (node->op == SFUMATO_OP_CONSTANT) instruction->constant = *(const Word *)node->data;
}

static bool makeElementwise(
    const sfumato_program *program, const sfumato_node *node, void *const *memory, sfumato_executable *executable,
    Step *step) {
  Single single;
  const sfumato_program *body = bodyOf(program, node, &single);
  const sfumato_value *shape = body->values[body->outputs[0]->value];
  Machine *machine = keep(executable, sizeof *machine);
  void **operands = keep(executable, body->input_count * sizeof *operands);
  if (!machine || !operands) return false;
  machine->count = elementCount(shape);
  machine->loads = keep(executable, (body->input_count + body->node_count) * sizeof *machine->loads);
  machine->instructions = keep(executable, body->node_count * sizeof *machine->instructions);
  machine->stores = keep(executable, body->output_count * sizeof *machine->stores);
  machine->registers = keep(executable, body->value_count * sizeof *machine->registers);
  if (!machine->loads || !machine->instructions || !machine->stores || !machine->registers) return false;

  for (uint32_t i = 0; i < body->input_count; i++) {
    operands[i] = memory[node->inputs[i]];
    const uint32_t value = body->inputs[i]->value;
    if (isSameShape(body->values[value], shape))
      machine->loads[machine->loadCount++] = (Load){.from = operands[i], .to = value};
  }
  for (uint32_t i = 0; i < body->node_count; i++) addNode(machine, body, body->nodes[i], operands);
  for (uint32_t i = 0; i < body->output_count; i++)
    machine->stores[machine->storeCount++] =
        (Store){.to = memory[node->outputs[i]], .from = body->outputs[i]->value};
  *step = (Step){runMachine, machine};
  return true;
}

const Operation elementwiseOperation = {knowsElementwise, makeElementwise};
