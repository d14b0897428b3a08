/* Stubs: the shapes of the Zephyr calls that the board's glue makes, so that its types can be checked without
 * Zephyr. Written from Zephyr's public documentation; nothing here runs. */
#ifndef STUB_KERNEL_H
#define STUB_KERNEL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARG_UNUSED(x) (void)(x)
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(n) (1u << (n))

typedef struct { int64_t ticks; } k_timeout_t;
#define K_MSEC(ms) ((k_timeout_t){(ms)})
#define K_USEC(us) ((k_timeout_t){(us)})
#define K_NO_WAIT ((k_timeout_t){0})
#define K_FOREVER ((k_timeout_t){-1})

struct k_mutex { int stub; };
struct k_sem { int stub; };
struct k_work { int stub; };
struct k_work_delayable { struct k_work work; };
typedef void (*k_work_handler_t)(struct k_work *work);
#define K_MUTEX_DEFINE(name) struct k_mutex name; extern struct k_mutex name
#define K_SEM_DEFINE(name, initial, limit) struct k_sem name; extern struct k_sem name
#define K_WORK_DEFINE(name, handler)                                                                         \
    static const k_work_handler_t name##_handler = (handler);                                               \
    struct k_work name = {sizeof name##_handler}
#define K_WORK_DELAYABLE_DEFINE(name, handler)                                                               \
    static const k_work_handler_t name##_handler = (handler);                                               \
    struct k_work_delayable name = {{sizeof name##_handler}}

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout);
int k_mutex_unlock(struct k_mutex *mutex);
int k_sem_take(struct k_sem *sem, k_timeout_t timeout);
void k_sem_give(struct k_sem *sem);
int k_work_submit(struct k_work *work);
int k_work_schedule(struct k_work_delayable *work, k_timeout_t delay);
struct k_work_delayable *k_work_delayable_from_work(struct k_work *work);
int32_t k_sleep(k_timeout_t timeout);
int64_t k_uptime_ticks(void);
uint64_t k_ticks_to_us_floor64(uint64_t ticks);
#endif
