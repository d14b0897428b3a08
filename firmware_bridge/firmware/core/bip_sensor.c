#include "bip_sensor.h"

#include <string.h>

#define START_ANSWER_MTU (BIP_ATT_HEADER_LEN + BIP_ANSWER_MAX) /* below it the configuration is left out */
#define ANSWER_BIT 0x80u
#define US_PER_MS 1000

static const bip_slot *slot(const bip_sensor *sensor, uint16_t position)
{
    return &sensor->slots[((uint32_t)sensor->first + position) % sensor->capacity];
}

static void forget_samples(bip_sensor *sensor)
{
    sensor->first = sensor->count = 0;
    if (sensor->state == BIP_DRAINING)
        sensor->state = BIP_IDLE;
}

static void plan(bip_config *config, uint16_t mtu)
{
    (void)bip_plan(mtu, &config->settings, &config->format, &config->samples_per_packet);
}

void bip_init(bip_sensor *sensor, const bip_port *port, bip_slot *slots, uint16_t capacity,
              const bip_settings *defaults)
{
    memset(sensor, 0, sizeof *sensor);
    sensor->port = port;
    sensor->slots = slots;
    sensor->capacity = capacity;
    sensor->mtu = BIP_MTU_MIN;
    sensor->config.settings = *defaults;
    port->settle(port->ctx, &sensor->config.settings, &sensor->config.scales);
}

void bip_connected(bip_sensor *sensor)
{
    bip_disconnected(sensor);
}

void bip_disconnected(bip_sensor *sensor)
{
    if (sensor->state == BIP_STREAMING)
        sensor->port->stop(sensor->port->ctx);
    sensor->state = BIP_IDLE;
    forget_samples(sensor);
    sensor->answer_len = 0;
    sensor->hold_data = sensor->notify = false;
    sensor->mtu = BIP_MTU_MIN;
}

void bip_set_mtu(bip_sensor *sensor, uint16_t mtu)
{
    sensor->mtu = mtu < BIP_MTU_MIN ? BIP_MTU_MIN : mtu;
}

void bip_set_notify(bip_sensor *sensor, bool on)
{
    sensor->notify = on;
    if (!on && sensor->state == BIP_DRAINING)
        forget_samples(sensor);
}

static bip_status start(bip_sensor *sensor, const bip_settings *wanted)
{
    bip_config *config = &sensor->config;
    bip_settings settings = *wanted;
    bip_scales scales = {0.0f, 0.0f};

    if (sensor->state != BIP_IDLE)
        return BIP_STATUS_BAD_STATE;
    sensor->port->settle(sensor->port->ctx, &settings, &scales);
    if (!sensor->port->start(sensor->port->ctx, &settings))
        return BIP_STATUS_BAD_STATE;
    config->settings = settings;
    config->scales = scales;
    config->stream_id++;
    plan(config, sensor->mtu);
    forget_samples(sensor);
    sensor->seq = 0;
    sensor->index = sensor->due_index = sensor->dropped = 0;
    sensor->hold_data = true;
    sensor->state = BIP_STREAMING;
    return BIP_STATUS_OK;
}

static void stop(bip_sensor *sensor)
{
    if (sensor->state != BIP_STREAMING)
        return;
    sensor->port->stop(sensor->port->ctx);
    sensor->state = sensor->count && sensor->notify ? BIP_DRAINING : BIP_IDLE;
    if (sensor->state == BIP_IDLE)
        forget_samples(sensor);
}

/* Carry out a request that decoded, and write what the answer says beyond its head. */
static bip_status carry_out(bip_sensor *sensor, const bip_request *request, uint8_t *result, size_t *len)
{
    bip_status status;

    switch (request->op) {
    case BIP_OP_START:
        status = start(sensor, &request->start);
        if (status == BIP_STATUS_OK && sensor->mtu >= START_ANSWER_MTU) {
            bip_read_config(sensor, result);
            *len = BIP_CONFIG_LEN;
        }
        return status;
    case BIP_OP_STOP:
        stop(sensor);
        return BIP_STATUS_OK;
    case BIP_OP_TIME:
        bip_put64(result, sensor->port->now_us(sensor->port->ctx));
        *len = sizeof(uint64_t);
        return BIP_STATUS_OK;
    default:
        sensor->port->identify(sensor->port->ctx);
        return BIP_STATUS_OK;
    }
}

bip_write_result bip_write(bip_sensor *sensor, const uint8_t *data, size_t len)
{
    bip_request request;
    bip_status status;
    size_t result_len = 0;

    if (len < 2)
        return BIP_WRITE_BAD_LENGTH;
    if (sensor->answer_len)
        return BIP_WRITE_BUSY;
    status = bip_decode_request(data, len, &request);
    if (status == BIP_STATUS_OK)
        status = carry_out(sensor, &request, sensor->answer + BIP_ANSWER_HEAD_LEN, &result_len);
    sensor->answer[0] = (uint8_t)(ANSWER_BIT | data[0]);
    sensor->answer[1] = data[1];
    sensor->answer[2] = (uint8_t)status;
    sensor->answer_len = (uint8_t)(BIP_ANSWER_HEAD_LEN + result_len);
    return BIP_WRITE_ACCEPTED;
}

void bip_read_config(const bip_sensor *sensor, uint8_t out[BIP_CONFIG_LEN])
{
    bip_config config = sensor->config;
    config.streaming = sensor->state == BIP_STREAMING;
    if (sensor->state == BIP_IDLE)
        plan(&config, sensor->mtu);
    bip_encode_config(&config, out);
}

bool bip_measuring(const bip_sensor *sensor)
{
    return sensor->state == BIP_STREAMING;
}

uint16_t bip_room(const bip_sensor *sensor)
{
    return (uint16_t)(sensor->capacity - sensor->count);
}

bool bip_push(bip_sensor *sensor, const bip_sample *sample, uint32_t t_us)
{
    bip_slot *free_slot;

    if (sensor->state != BIP_STREAMING)
        return false;
    if (sensor->count == sensor->capacity) {
        sensor->index++;
        sensor->dropped++;
        return false;
    }
    free_slot = &sensor->slots[((uint32_t)sensor->first + sensor->count) % sensor->capacity];
    free_slot->sample = *sample;
    free_slot->index = sensor->index++;
    free_slot->t_us = t_us;
    sensor->count++;
    return true;
}

void bip_lose(bip_sensor *sensor, uint32_t count)
{
    if (sensor->state == BIP_STREAMING)
        sensor->index += count;
}

size_t bip_take_answer(bip_sensor *sensor, uint8_t out[BIP_ANSWER_MAX])
{
    const size_t len = sensor->answer_len;

    if (!len || sensor->state == BIP_DRAINING) /* STOP is answered after the last packet */
        return 0;
    memcpy(out, sensor->answer, len);
    sensor->answer_len = 0;
    sensor->hold_data = false;
    return len;
}

/* How many of the oldest samples follow each other without a hole, up to a full packet. */
static uint16_t in_a_row(const bip_sensor *sensor)
{
    const uint32_t first = slot(sensor, 0)->index;
    uint16_t n = 1;
    while (n < sensor->count && n < sensor->config.samples_per_packet && slot(sensor, n)->index == first + n)
        n++;
    return n;
}

/* Whether a packet of the `n` oldest samples must go: full, no sample can follow, or its first is old. */
static bool is_due(const bip_sensor *sensor, uint16_t n)
{
    const bip_slot *oldest = slot(sensor, 0);
    uint32_t age_us;

    if (n == sensor->config.samples_per_packet || sensor->state == BIP_DRAINING)
        return true;
    if (sensor->index != oldest->index + n) /* not full, and yet not the last: the samples after these were lost */
        return true;
    age_us = (uint32_t)sensor->port->now_us(sensor->port->ctx) - oldest->t_us;
    return age_us < UINT32_MAX / 2 && age_us >= (uint32_t)sensor->config.settings.latency_ms * US_PER_MS;
}

size_t bip_take_packet(bip_sensor *sensor, uint8_t out[BIP_VALUE_MAX])
{
    bip_header header;
    uint16_t n, i;
    size_t len;

    if (!sensor->count || !sensor->notify || sensor->hold_data)
        return 0;
    n = in_a_row(sensor);
    if (!is_due(sensor, n))
        return 0;
    header.format = sensor->config.format;
    header.stream_id = sensor->config.stream_id;
    header.seq = sensor->seq++;
    header.index = slot(sensor, 0)->index;
    header.t_us = slot(sensor, 0)->t_us;
    header.flags = header.index == sensor->due_index ? 0 : BIP_FLAG_LOST_BEFORE;
    for (i = 0; i < n; i++)
        header.flags |= bip_clip_flags(header.format, &slot(sensor, i)->sample);
    len = bip_encode_header(&header, out);
    for (i = 0; i < n; i++)
        len += bip_encode_sample(header.format, &slot(sensor, i)->sample, out + len);
    sensor->due_index = header.index + n;
    sensor->first = (uint16_t)(((uint32_t)sensor->first + n) % sensor->capacity);
    sensor->count = (uint16_t)(sensor->count - n);
    if (sensor->state == BIP_DRAINING && !sensor->count)
        sensor->state = BIP_IDLE;
    return len;
}
