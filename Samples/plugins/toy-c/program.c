/// Programs: every value gets a place, every node a step; a run is all steps, then the results to where they belong.
#include "toy.h"

#include <stdlib.h>
#include <string.h>

/// What an executable keeps is a list of these, each with its memory behind it.
typedef struct Piece {
  struct Piece *next;
  max_align_t memory[];
} Piece;

typedef struct Transfer {
  const void *from;
  void *to;
  size_t bytes;
} Transfer;

struct sfumato_executable {
  Piece *pieces;
  Step *steps;
  /// Outputs that lie elsewhere, then states that must be saved from being overwritten, then states.
  Transfer *transfers;
  uint32_t stepCount, transferCount;
};

void *keep(sfumato_executable *executable, size_t bytes) {
  if (bytes > SIZE_MAX - sizeof(Piece)) return NULL;
  Piece *piece = calloc(1, sizeof *piece + bytes);
  if (!piece) return NULL;
  piece->next = executable->pieces;
  executable->pieces = piece;
  return piece->memory;
}

void programDestroy(sfumato_context *context, sfumato_executable *executable) {
  (void)context;
  for (Piece *piece = executable->pieces, *next; piece; piece = next) {
    next = piece->next;
    free(piece);
  }
  free(executable);
}

static size_t bytesOf(const sfumato_program *program, uint32_t value) {
  const int32_t type = program->values[value]->dtype;
  const size_t element = type == SFUMATO_F16 || type == SFUMATO_BF16 ? 2 : 4;
  return (size_t)elementCount(program->values[value]) * element;
}

// ---- Where values lie ----

static sfumato_status bind(
    const sfumato_program *program, const sfumato_port *port, const sfumato_buffer *buffer, void **place) {
  const size_t needed = bytesOf(program, port->value);
  if (buffer->bytes < needed)
    return fail(SFUMATO_ERROR, "\"%s\" needs %zu bytes, its buffer has %zu", port->name, needed, buffer->bytes);
  *place = buffer->memory;
  return SFUMATO_OK;
}

/// Inputs and states lie in their buffers, results of nodes in the buffer of the output that they are, or in memory of
/// the executable. An output that has a place already is copied from there after the run.
static sfumato_status placeValues(
    const sfumato_program *program, const sfumato_bindings *bindings, sfumato_executable *executable, void **memory) {
  sfumato_status status = SFUMATO_OK;
  for (uint32_t i = 0; i < program->input_count && status == SFUMATO_OK; i++)
    status = bind(program, program->inputs[i], bindings->inputs[i], &memory[program->inputs[i]->value]);
  for (uint32_t i = 0; i < program->state_count && status == SFUMATO_OK; i++)
    status = bind(program, program->states[i], bindings->states[i], &memory[program->states[i]->value]);
  for (uint32_t i = 0; i < program->output_count && status == SFUMATO_OK; i++) {
    const uint32_t value = program->outputs[i]->value;
    void *place = NULL;
    status = bind(program, program->outputs[i], bindings->outputs[i], &place);
    if (!memory[value])
      memory[value] = place;
    else
      executable->transfers[executable->transferCount++] = (Transfer){memory[value], place, bytesOf(program, value)};
  }
  for (uint32_t i = 0; i < program->value_count && status == SFUMATO_OK; i++) {
    if (!memory[i]) memory[i] = keep(executable, bytesOf(program, i));
    if (!memory[i]) status = fail(SFUMATO_OUT_OF_MEMORY, "no memory for a value of %zu bytes", bytesOf(program, i));
  }
  return status;
}

static bool isState(const sfumato_program *program, uint32_t value) {
  for (uint32_t i = 0; i < program->state_count; i++)
    if (program->states[i]->value == value) return true;
  return false;
}

/// States are written last, for outputs may be what they held. Where two change places, both are saved first.
static bool addStateTransfers(const sfumato_program *program, sfumato_executable *executable, void *const *memory) {
  const void **sources = keep(executable, program->state_count * sizeof *sources);
  if (!sources) return false;
  for (uint32_t i = 0; i < program->state_count; i++) {
    const sfumato_port *state = program->states[i];
    sources[i] = memory[state->update];
    if (state->update == state->value || !isState(program, state->update)) continue;
    const size_t bytes = bytesOf(program, state->update);
    void *saved = keep(executable, bytes);
    if (!saved) return false;
    executable->transfers[executable->transferCount++] = (Transfer){sources[i], saved, bytes};
    sources[i] = saved;
  }
  for (uint32_t i = 0; i < program->state_count; i++) {
    const sfumato_port *state = program->states[i];
    if (state->update != state->value)
      executable->transfers[executable->transferCount++] =
          (Transfer){sources[i], memory[state->value], bytesOf(program, state->value)};
  }
  return true;
}

// ---- Compiling and running ----

static sfumato_status addSteps(const sfumato_program *program, sfumato_executable *executable, void *const *memory) {
  for (uint32_t i = 0; i < program->node_count; i++) {
    const sfumato_node *node = program->nodes[i];
    const Operation *operation = findOperation(program, node);
    if (!operation) return fail(SFUMATO_UNSUPPORTED, "%s at \"%s\" is unknown", node->name, node->scope);
    if (!operation->make(program, node, memory, executable, &executable->steps[executable->stepCount++]))
      return fail(SFUMATO_OUT_OF_MEMORY, "no memory for %s at \"%s\"", node->name, node->scope);
  }
  return SFUMATO_OK;
}

static sfumato_status build(
    const sfumato_program *program, const sfumato_bindings *bindings, sfumato_executable *executable) {
  void **memory = keep(executable, program->value_count * sizeof *memory);
  executable->steps = keep(executable, program->node_count * sizeof *executable->steps);
  const size_t transfers = program->output_count + 2 * (size_t)program->state_count;
  executable->transfers = keep(executable, transfers * sizeof *executable->transfers);
  if (!memory || !executable->steps || !executable->transfers)
    return fail(SFUMATO_OUT_OF_MEMORY, "no memory for a program of %u operations", program->node_count);
  sfumato_status status = placeValues(program, bindings, executable, memory);
  if (status == SFUMATO_OK) status = addSteps(program, executable, memory);
  if (status == SFUMATO_OK && !addStateTransfers(program, executable, memory))
    status = fail(SFUMATO_OUT_OF_MEMORY, "no memory for the states of a program");
  return status;
}

sfumato_status programCompile(
    sfumato_context *context, const sfumato_program *program, const sfumato_bindings *bindings,
    sfumato_executable **executable) {
  sfumato_executable *made = calloc(1, sizeof *made);
  if (!made) return fail(SFUMATO_OUT_OF_MEMORY, "no memory for a program");
  const sfumato_status status = build(program, bindings, made);
  if (status == SFUMATO_OK)
    *executable = made;
  else
    programDestroy(context, made);
  return status;
}

sfumato_status submit(sfumato_context *context, sfumato_executable *executable) {
  (void)context;
  for (uint32_t i = 0; i < executable->stepCount; i++) executable->steps[i].run(executable->steps[i].data);
  for (uint32_t i = 0; i < executable->transferCount; i++) {
    const Transfer *transfer = &executable->transfers[i];
    memcpy(transfer->to, transfer->from, transfer->bytes);
  }
  return SFUMATO_OK;
}

sfumato_status waitForAll(sfumato_context *context) {
  (void)context; // A run is done when `submit` returns.
  return SFUMATO_OK;
}
