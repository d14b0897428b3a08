/* A sensor of the open barbell profile: samples and requests in, notifications and indications out.
 *
 * One `bip_sensor` is one bar. It owns no memory but its own struct: the caller gives it a queue of samples at
 * bip_init and keeps it alive. All functions are called from one context (the main loop, or one thread); what
 * an interrupt saw goes through imu/imu_pump.h. Nothing blocks, and the stack needed is known (`make stack`).
 *
 * The order of the day:
 *   bip_init
 *   connection made:   bip_connected, then bip_set_mtu and bip_set_notify as the client asks
 *   control written:   bip_write
 *   a sample measured: bip_push (or bip_lose)
 *   radio has room:    bip_take_answer for an indication, else bip_take_packet for a notification
 *   connection lost:   bip_disconnected
 */
#ifndef BIP_SENSOR_H
#define BIP_SENSOR_H

#include "bip_wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the board does for the profile. Functions run inside bip_write and bip_disconnected, and return soon. */
typedef struct {
    void *ctx; /* handed to each function; the board's */
    /* Microseconds since boot. One clock, never set, the one that samples are stamped with. */
    uint64_t (*now_us)(void *ctx);
    /* Change settings that are possible in principle to what the IMU can really do: the nearest rate; the
     * narrowest range that is no narrower than asked, else the widest. Set the scales that go with them. */
    void (*settle)(void *ctx, bip_settings *settings, bip_scales *scales);
    /* Start measuring with settled settings. False: the IMU does not answer; START is refused. */
    bool (*start)(void *ctx, const bip_settings *settings);
    /* Stop measuring. */
    void (*stop)(void *ctx);
    /* Show which bar this is: blink or buzz for a few seconds, without waiting for the end of it. */
    void (*identify)(void *ctx);
} bip_port;

/* A sample that waits for the radio. */
typedef struct {
    bip_sample sample;
    uint32_t index;
    uint32_t t_us;
} bip_slot;

/* How a request was taken; the ATT error that refuses the write where it was not. */
typedef enum {
    BIP_WRITE_ACCEPTED = 0,
    BIP_WRITE_BAD_LENGTH = 0x0D, /* shorter than opcode and reference */
    BIP_WRITE_BUSY = 0xFE        /* the answer to the request before is still to be taken */
} bip_write_result;

typedef enum { BIP_IDLE, BIP_STREAMING, BIP_DRAINING } bip_state;

/* Read what you like; write through the functions only. */
typedef struct {
    const bip_port *port;
    bip_slot *slots;   /* ring of samples that wait */
    uint16_t capacity; /* of the ring */
    uint16_t first;    /* slot of the oldest sample */
    uint16_t count;    /* samples waiting */
    uint16_t mtu;
    bool notify;       /* the client subscribed to data */
    bool hold_data;    /* START is not answered yet */
    bip_state state;
    bip_config config;  /* of this stream, or of the last */
    uint16_t seq;       /* number of the next packet */
    uint32_t index;     /* of the next sample to be measured */
    uint32_t due_index; /* of the sample after the last one sent */
    uint32_t dropped;   /* samples that found the queue full, since START */
    uint8_t answer_len; /* 0: none waits */
    uint8_t answer[BIP_ANSWER_MAX];
} bip_sensor;

/* Begin. `slots` (capacity 1 or more) and `port` stay the caller's and must outlive the sensor; 256 slots are
 * 5 kB and 0.64 s at 400 Hz. `defaults`: what the configuration shows before the first START; settled here. */
void bip_init(bip_sensor *sensor, const bip_port *port, bip_slot *slots, uint16_t capacity,
              const bip_settings *defaults);

/* A client connected: the MTU is 23 and nothing is subscribed to. */
void bip_connected(bip_sensor *sensor);

/* The client is gone: the stream stops, what waited is thrown away. */
void bip_disconnected(bip_sensor *sensor);

/* The link's ATT MTU in bytes (values below 23 count as 23); it may only grow while a stream runs. A stream keeps
 * the packets planned at its START. */
void bip_set_mtu(bip_sensor *sensor, uint16_t mtu);

/* The client switched data notifications on or off. */
void bip_set_notify(bip_sensor *sensor, bool on);

/* The client wrote `len` bytes to the control point. The answer is then given by bip_take_answer. */
bip_write_result bip_write(bip_sensor *sensor, const uint8_t *data, size_t len);

/* The configuration characteristic's value now. */
void bip_read_config(const bip_sensor *sensor, uint8_t out[BIP_CONFIG_LEN]);

/* Whether samples are wanted. */
bool bip_measuring(const bip_sensor *sensor);

/* Samples that bip_push would still take. */
uint16_t bip_room(const bip_sensor *sensor);

/* A sample was measured at `t_us` (low 32 bits of the port's clock, best taken at the data-ready interrupt).
 * Returns false where the queue is full: the sample is lost and counted. Ignored while not measuring. */
bool bip_push(bip_sensor *sensor, const bip_sample *sample, uint32_t t_us);

/* `count` samples were measured but could not be read: they are counted in the index. */
void bip_lose(bip_sensor *sensor, uint32_t count);

/* The next value to indicate on the control point; returns its length, 0 for none. Call it only while no
 * indication waits for its confirmation. */
size_t bip_take_answer(bip_sensor *sensor, uint8_t out[BIP_ANSWER_MAX]);

/* The next value to notify on the data characteristic; returns its length, 0 for none. Call it only while the
 * radio has room: that is what lets the queue count what is lost. Call it at least every few milliseconds. */
size_t bip_take_packet(bip_sensor *sensor, uint8_t out[BIP_VALUE_MAX]);

#ifdef __cplusplus
}
#endif
#endif
