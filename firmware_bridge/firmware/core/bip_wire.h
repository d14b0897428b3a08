/* The open barbell profile on the wire: values to bytes and back. No state, no I/O, no heap.
 *
 * PROFILE.md is the normative text; names follow it. Every buffer belongs to the caller. Nothing here keeps
 * a pointer, recurses, or needs more of libc than memcpy.
 */
#ifndef BIP_WIRE_H
#define BIP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BIP_VERSION 1u
#define BIP_HEADER_LEN 12u
#define BIP_COMPACT_HEADER_LEN 8u
#define BIP_CONFIG_LEN 24u
#define BIP_ANSWER_HEAD_LEN 3u
#define BIP_ANSWER_MAX (BIP_ANSWER_HEAD_LEN + BIP_CONFIG_LEN) /* the answer to START, the longest */
#define BIP_ATT_HEADER_LEN 3u                                 /* opcode and handle of a notification */
#define BIP_MTU_MIN 23u                                       /* what every BLE link has */
#define BIP_VALUE_MAX 244u /* one 251-byte link-layer packet: 251 - 4 (L2CAP) - 3 (ATT) */
#define BIP_SAMPLES_MAX ((BIP_VALUE_MAX - BIP_HEADER_LEN) / 6u)
#define BIP_RATE_MIN_MILLIHZ 1000u
#define BIP_RATE_MAX_MILLIHZ 1700000u

/* 128-bit UUIDs in the order in which they go over the air (least significant byte first). */
extern const uint8_t BIP_SERVICE_UUID[16];
extern const uint8_t BIP_DATA_UUID[16];
extern const uint8_t BIP_CONTROL_UUID[16];
extern const uint8_t BIP_CONFIG_UUID[16];

typedef enum { BIP_FORMAT_ACC_GYR = 0, BIP_FORMAT_ACC = 1, BIP_FORMAT_COMPACT = 15 } bip_format;

enum { BIP_FLAG_CLIP_ACC = 1, BIP_FLAG_CLIP_GYR = 2, BIP_FLAG_LOST_BEFORE = 4, BIP_FLAG_RESENT = 8 };

typedef enum { BIP_OP_START = 1, BIP_OP_STOP = 2, BIP_OP_TIME = 3, BIP_OP_IDENTIFY = 4 } bip_op;

typedef enum {
    BIP_STATUS_OK = 0,
    BIP_STATUS_BAD_OPCODE = 1,
    BIP_STATUS_BAD_PARAMETER = 2,
    BIP_STATUS_BAD_STATE = 3
} bip_status;

/* One sample as the IMU's registers hold it. */
typedef struct {
    int16_t acc[3]; /* x y z, LSB */
    int16_t gyr[3]; /* x y z, LSB; ignored in BIP_FORMAT_ACC */
} bip_sample;

/* What START asks for, or what a sensor does. */
typedef struct {
    uint32_t rate_millihz;  /* 1 000 to 1 700 000 */
    uint16_t acc_range_g;   /* 1 or more */
    uint16_t gyr_range_dps; /* 0: the accelerometer alone */
    uint16_t latency_ms;    /* a packet waits no longer than this for more samples */
} bip_settings;

/* SI value of one LSB. */
typedef struct {
    float acc_mps2;  /* positive */
    float gyr_radps; /* positive; 0 without gyroscope */
} bip_scales;

typedef struct {
    bip_format format;
    uint8_t samples_per_packet; /* at most */
    bool streaming;
    bip_settings settings;
    bip_scales scales;
    uint8_t stream_id;
} bip_config;

/* What a data packet says before its samples. */
typedef struct {
    bip_format format;
    uint8_t flags;     /* BIP_FLAG_... */
    uint8_t stream_id; /* taken modulo 16 */
    uint16_t seq;      /* packet number since START */
    uint32_t index;    /* of the first sample since START; not sent in BIP_FORMAT_COMPACT */
    uint32_t t_us;     /* device time of the first sample */
} bip_header;

/* A request that decoded; `start` is set where `op` is BIP_OP_START. */
typedef struct {
    uint8_t op;
    uint8_t ref;
    bip_settings start;
} bip_request;

/* Little-endian fields. `out` and `in` hold at least 2, 4 or 8 bytes. */
void bip_put16(uint8_t *out, uint16_t value);
void bip_put32(uint8_t *out, uint32_t value);
void bip_put64(uint8_t *out, uint64_t value);
uint16_t bip_get16(const uint8_t *in);
uint32_t bip_get32(const uint8_t *in);

/* Format and samples per packet for an ATT MTU (bytes) and settings (within their ranges).
 * Returns false, and leaves the outputs alone, where not even one sample fits: an MTU below 23. */
bool bip_plan(uint16_t mtu, const bip_settings *settings, bip_format *format, uint8_t *samples_per_packet);

/* Scales of an IMU whose full-scale reading is exactly its range: range / 32768. */
bip_scales bip_nominal_scales(const bip_settings *settings);

/* Flags that the samples' own values ask for: BIP_FLAG_CLIP_ACC, BIP_FLAG_CLIP_GYR (not in BIP_FORMAT_ACC). */
uint8_t bip_clip_flags(bip_format format, const bip_sample *sample);

/* Writes a header (12 bytes, 8 if compact) and returns its length. */
size_t bip_encode_header(const bip_header *header, uint8_t *out);

/* Writes one sample (12 bytes, 6 without gyroscope) and returns its length. */
size_t bip_encode_sample(bip_format format, const bip_sample *sample, uint8_t *out);

/* Writes a data packet of `count` samples (1 to BIP_SAMPLES_MAX, compact: 1) and returns its length.
 * `out` holds at least header and samples; BIP_VALUE_MAX bytes are enough for what bip_plan plans. */
size_t bip_encode_data(const bip_header *header, const bip_sample *samples, size_t count, uint8_t *out);

/* Writes the 24-byte configuration. */
void bip_encode_config(const bip_config *config, uint8_t out[BIP_CONFIG_LEN]);

/* Reads `len` bytes that a client wrote to the control point, whatever they are.
 * Returns the status to answer with; BIP_STATUS_OK: `request` is complete. For 2 bytes or more `op` and `ref`
 * are set whatever the status. Shorter requests are not answered: check `len` first. */
bip_status bip_decode_request(const uint8_t *data, size_t len, bip_request *request);

#ifdef __cplusplus
}
#endif
#endif
