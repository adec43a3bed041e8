#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "CVectorKernels.h"

uint64_t flushDenormals(void) {
#if defined(__x86_64__)
  const uint32_t saved = _mm_getcsr();
  _mm_setcsr(saved | 0x8040);  // flush to zero, denormals are zero
  return saved;
#elif defined(__aarch64__)
  uint64_t saved;
  __asm__ volatile("mrs %0, fpcr" : "=r"(saved));
  __asm__ volatile("msr fpcr, %0" ::"r"(saved | (1ull << 24)));
  return saved;
#else
  return 0;
#endif
}

void restoreDenormals(uint64_t saved) {
#if defined(__x86_64__)
  _mm_setcsr((uint32_t)saved);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" ::"r"(saved));
#else
  (void)saved;
#endif
}

// A round of work is a ticket (round number, next unit) in one word: a unit is claimed by a compare-and-swap
// on it, so that a helper which comes late, or is asleep, is never waited for. The fields of a round are
// written only while its ticket is closed (no units left), and no claim on an older ticket can succeed then.

struct WorkerPool {
  int32_t workers, started;
  pthread_t *threads;
  _Atomic(WorkerTask) task;
  _Atomic(void *) context;
  atomic_uint units;
  atomic_ullong ticket;  // round << 32 | next unit
  atomic_uint done;      // finished units of this round
  atomic_int sleepers;
  atomic_bool stop;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
};

typedef struct {
  WorkerPool *pool;
  int32_t index;
} Helper;

/// Kernels follow each other within microseconds, so that a waiting thread spins for a little while before it
/// sleeps.
enum { SPINS = 4000 };
static const uint32_t closed = 0xffffffff;

static inline void pauseProcessor(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static bool hasWork(WorkerPool *pool) {
  const unsigned long long ticket = atomic_load(&pool->ticket);
  return (uint32_t)ticket < atomic_load(&pool->units);
}

/// Runs units until none is left.
static void work(WorkerPool *pool, int32_t worker) {
  for (;;) {
    unsigned long long ticket = atomic_load(&pool->ticket);
    WorkerTask task = atomic_load(&pool->task);
    void *context = atomic_load(&pool->context);
    const uint32_t unit = (uint32_t)ticket;
    if (unit >= atomic_load(&pool->units)) return;
    if (!atomic_compare_exchange_strong(&pool->ticket, &ticket, ticket + 1)) continue;
    task(context, unit, worker);
    atomic_fetch_add(&pool->done, 1);
  }
}

static void *helperMain(void *argument) {
  const Helper helper = *(Helper *)argument;
  free(argument);
  WorkerPool *pool = helper.pool;
  flushDenormals();
  while (!atomic_load(&pool->stop)) {
    int spin = 0;
    for (; spin < SPINS && !hasWork(pool); spin++) pauseProcessor();
    if (spin == SPINS) {
      pthread_mutex_lock(&pool->mutex);
      atomic_fetch_add(&pool->sleepers, 1);
      while (!hasWork(pool) && !atomic_load(&pool->stop)) pthread_cond_wait(&pool->wake, &pool->mutex);
      atomic_fetch_sub(&pool->sleepers, 1);
      pthread_mutex_unlock(&pool->mutex);
    }
    work(pool, helper.index);
  }
  return NULL;
}

static void wakeHelpers(WorkerPool *pool) {
  if (atomic_load(&pool->sleepers) == 0) return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

WorkerPool *workerPoolCreate(int32_t workers) {
  WorkerPool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pool->workers = workers;
  atomic_store(&pool->ticket, closed);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pool->threads = calloc((size_t)(workers > 1 ? workers - 1 : 1), sizeof *pool->threads);
  for (int32_t i = 1; pool->threads && i < workers; i++) {
    Helper *helper = malloc(sizeof *helper);
    if (!helper) break;
    *helper = (Helper){pool, i};
    if (pthread_create(pool->threads + i - 1, NULL, helperMain, helper) != 0) {
      free(helper);
      break;
    }
    pool->started++;
  }
  if (!pool->threads || pool->started != workers - 1) {
    workerPoolDestroy(pool);
    return NULL;
  }
  return pool;
}

void workerPoolDestroy(WorkerPool *pool) {
  atomic_store(&pool->stop, true);
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
  for (int32_t i = 0; i < pool->started; i++) pthread_join(pool->threads[i], NULL);
  pthread_mutex_destroy(&pool->mutex);
  pthread_cond_destroy(&pool->wake);
  free(pool->threads);
  free(pool);
}

void workerPoolRun(WorkerPool *pool, int64_t units, WorkerTask task, void *context) {
  if (pool->workers == 1 || units <= 1) {
    for (int64_t unit = 0; unit < units; unit++) task(context, unit, 0);
    return;
  }
  const unsigned long long round = (atomic_load(&pool->ticket) >> 32) + 1;
  atomic_store(&pool->ticket, round << 32 | closed);
  atomic_store(&pool->task, task);
  atomic_store(&pool->context, context);
  atomic_store(&pool->units, (uint32_t)units);
  atomic_store(&pool->done, 0);
  atomic_store(&pool->ticket, round << 32);
  wakeHelpers(pool);
  work(pool, 0);
  for (int spin = 0; atomic_load(&pool->done) != (uint32_t)units; spin++) {
    if (spin < SPINS) pauseProcessor();
    else sched_yield();
  }
}
